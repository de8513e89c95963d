// The message box: typing, replying, drafts, and passing messages to the outbox.

import { byId, clock, el, icon, isTouch, nameOf, senderOf, tint } from "./dom.js";
import { summary } from "./text.js";

/** Telegram's limits, in UTF-16 units. */
const MAX_TEXT_LENGTH = 4096;
const MAX_CAPTION_LENGTH = 1024;

export class Composer {
  #form = byId("composer");
  #text = byId("text");
  #replyBar = byId("reply-bar");
  #replyTo = null;
  #view = null; // {userId, chatId, topicId}
  #askWith = null; // the command that asks about a picture in this chat; null in private chats
  #drafts = new Map(); // "user/chat/topic" -> {replyTo, tray}; the text is kept in sessionStorage

  constructor({ tray, outbox, commands }) {
    Object.assign(this, { tray, outbox, commands });
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.submit();
    });
    this.#text.addEventListener("input", () => this.#onInput());
    this.#text.addEventListener("keydown", (event) => this.#onKey(event));
    document.addEventListener("keydown", (event) => this.#focusOnTyping(event));
    // The box has no height while a phone shows the chats, and lines break elsewhere in another width.
    new ResizeObserver(() => this.#fitHeight()).observe(byId("chat"));
  }

  /** Show the draft of another chat or user. */
  enter(view, { identities, askWith }) {
    this.#leave();
    this.#view = view;
    this.#askWith = askWith;
    const options = identities.map((chat) => el("option", { value: chat.id }, nameOf(chat)));
    byId("send-as").replaceChildren(el("option", { value: "" }, "yourself"), ...options);
    byId("send-as-label").hidden = identities.length === 0;
    const draft = this.#drafts.get(keyOf(view));
    this.tray.restore(draft?.tray ?? { files: [], kind: "photo" });
    this.#text.value = sessionStorage.getItem(`draft/${keyOf(view)}`) ?? "";
    this.#setReply(draft?.replyTo ?? null);
    this.note("");
    this.refresh();
    if (!isTouch()) this.focus();
  }

  #leave() {
    if (this.#view) {
      this.#drafts.set(keyOf(this.#view), { replyTo: this.#replyTo, tray: this.tray.takeAll() });
    }
    this.commands.close();
  }

  focus() {
    this.#text.focus({ preventScroll: true });
  }

  /** Show a line above the box that says why something cannot be sent; hide it if empty. */
  note(sentence) {
    byId("note").textContent = sentence;
    byId("note").hidden = !sentence;
  }

  reply(message) {
    this.#setReply(message);
    this.focus();
  }

  /** Send a line at once, without touching what is being typed. */
  sendLine(text) {
    this.outbox.add({ ...this.#where(), text, kind: "text", files: [] });
    this.#setReply(null);
    this.refresh();
  }

  /** Send each file as a message of its own, without touching what is being typed. */
  sendFiles(files, kind) {
    for (const file of files)
      this.outbox.add({ ...this.#view, text: "", kind, files: [{ file, preview: null }] });
  }

  submit() {
    const text = this.#text.value.trim();
    if (!text && this.tray.isEmpty) return;
    const limit = this.tray.isEmpty ? MAX_TEXT_LENGTH : MAX_CAPTION_LENGTH;
    if (text.length > limit) {
      const kind = this.tray.isEmpty ? "message" : "caption";
      this.note(`A ${kind} holds ${limit} characters; this one has ${text.length}.`);
      return;
    }
    this.note("");
    if (this.tray.isEmpty) this.outbox.add({ ...this.#where(), text, kind: "text", files: [] });
    this.tray.takeBatches().forEach((batch, index) => {
      this.outbox.add({ ...this.#where(), ...batch, text: index === 0 ? text : "" });
    });
    this.#text.value = "";
    this.#setReply(null);
    this.#onInput();
    this.focus();
  }

  /** Where a message goes, in whose name, and what it replies to. */
  #where() {
    const asChatId = Number(byId("send-as").value) || undefined;
    return { ...this.#view, asChatId, replyTo: this.#replyTo?.message_id };
  }

  /** Put an unsent message back into the box; return false if the box already has files. */
  takeBack(item) {
    if (item.files.length > 0 && !this.tray.isEmpty) {
      this.note("Send or remove what is in the box first.");
      return false;
    }
    if (item.files.length > 0) this.tray.restore(item);
    this.#text.value = [item.text, this.#text.value].filter(Boolean).join("\n");
    this.#onInput();
    this.focus();
    return true;
  }

  /** Fit the box to its content, and update placeholder and send button. */
  refresh() {
    this.#text.placeholder = this.tray.isEmpty ? "Message" : "Caption";
    byId("send").disabled = this.tray.isEmpty && !this.#text.value.trim();
    this.#fitHeight();
  }

  #fitHeight() {
    const { style, offsetHeight, clientHeight } = this.#text;
    style.height = "auto";
    style.height = `${this.#text.scrollHeight + offsetHeight - clientHeight}px`;
  }

  #onInput() {
    sessionStorage.setItem(`draft/${keyOf(this.#view)}`, this.#text.value);
    this.note("");
    this.commands.suggest(this.#text.value);
    this.refresh();
  }

  #onKey(event) {
    if (event.isComposing || this.commands.handleKey(event)) return;
    if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      this.submit();
    } else if (event.key === "Escape" && this.#replyTo) {
      this.#setReply(null);
    }
  }

  /** Focus the box when the user types anywhere on the page, as messengers do. */
  #focusOnTyping(event) {
    const idle =
      document.activeElement === document.body ||
      document.activeElement?.closest("#timeline") === document.activeElement;
    const printable =
      event.key.length === 1 && event.key !== " " && !event.ctrlKey && !event.metaKey && !event.altKey;
    if (idle && printable && this.#view) this.focus();
  }

  #setReply(message) {
    this.#replyTo = message;
    this.#replyBar.hidden = message === null;
    if (message === null) return;
    const from = senderOf(message);
    const hasPicture = ["photo", "document", "video", "animation", "video_note", "sticker"].some((kind) => message[kind]);
    this.#replyBar.replaceChildren(
      el(
        "span",
        { class: `reply-text ${tint(from)}` },
        el("b", {}, `Reply to ${nameOf(from)}, ${clock(message.date)}`),
        el("span", { dir: "auto" }, summary(message)),
      ),
      this.#askWith && hasPicture
        ? el(
            "button",
            {
              type: "button",
              class: "ask",
              "data-testid": "ask",
              title: `Send ${this.#askWith}`,
              onclick: () => this.sendLine(this.#askWith),
            },
            "Ask the bot",
          )
        : "",
      el(
        "button",
        {
          type: "button",
          class: "icon-button",
          "aria-label": "Do not reply",
          title: "Do not reply (Esc)",
          onclick: () => this.#setReply(null),
        },
        icon("close"),
      ),
    );
  }
}

const keyOf = ({ userId, chatId, topicId }) => `${userId}/${chatId}/${topicId ?? ""}`;
