// The message box: typing, replying, drafts, and handing what is ready to the outbox.

import { byId, clock, el, icon, nameOf, tint } from "./dom.js";
import { summary } from "./text.js";

/** Telegram's limits, in characters. */
const TEXT = 4096;
const CAPTION = 1024;

const isTouch = () => matchMedia("(pointer: coarse)").matches;

export class Composer {
  #form = byId("composer");
  #text = byId("text");
  #replyBar = byId("reply-bar");
  #replyTo = null;
  #view = null; // {userId, chatId}
  #drafts = new Map(); // "user/chat" -> {replyTo, tray}; the text itself outlives the page

  constructor({ tray, outbox, commands }) {
    Object.assign(this, { tray, outbox, commands });
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.submit();
    });
    this.#text.addEventListener("input", () => this.#onInput());
    this.#text.addEventListener("keydown", (event) => this.#onKey(event));
    document.addEventListener("keydown", (event) => this.#catchTyping(event));
  }

  /** Show the box of another chat or user, with what was left in it. */
  enter(view) {
    this.#leave();
    this.#view = view;
    const draft = this.#drafts.get(keyOf(view));
    this.tray.restore(draft?.tray ?? { files: [], kind: "photo" });
    this.#text.value = sessionStorage.getItem(`draft/${keyOf(view)}`) ?? "";
    this.#setReply(draft?.replyTo ?? null);
    this.note("");
    this.refresh();
    if (!isTouch()) this.focus();
  }

  #leave() {
    if (this.#view) this.#drafts.set(keyOf(this.#view), { replyTo: this.#replyTo, tray: this.tray.lift() });
    this.commands.close();
  }

  focus() {
    this.#text.focus({ preventScroll: true });
  }

  /** A line over the box, for what cannot be sent as it is; empty to take it away. */
  note(sentence) {
    byId("note").textContent = sentence;
    byId("note").hidden = !sentence;
  }

  reply(message) {
    this.#setReply(message);
    this.focus();
  }

  /** Write something into the box, as if typed. */
  insert(words) {
    this.#text.setRangeText(words, this.#text.selectionStart, this.#text.selectionEnd, "end");
    this.#onInput();
    this.focus();
  }

  /** Send a line at once, leaving what is being typed alone. */
  sendLine(text) {
    this.outbox.add({ ...this.#view, text, kind: "text", files: [] });
    this.refresh();
  }

  submit() {
    const text = this.#text.value.trim();
    if (!text && this.tray.isEmpty) return;
    const limit = this.tray.isEmpty ? TEXT : CAPTION;
    if (text.length > limit) {
      this.note(
        `A ${this.tray.isEmpty ? "message" : "caption"} holds ${limit} characters; this one has ${text.length}.`,
      );
      return;
    }
    this.note("");
    const replyTo = this.#replyTo?.message_id;
    if (this.tray.isEmpty) this.outbox.add({ ...this.#view, text, kind: "text", files: [], replyTo });
    this.tray.takeParcels().forEach((parcel, index) => {
      this.outbox.add({ ...this.#view, ...parcel, text: index === 0 ? text : "", replyTo });
    });
    this.#text.value = "";
    this.#setReply(null);
    this.#onInput();
    this.focus();
  }

  /** Put something that was not sent back into the box; false if the box is taken. */
  takeBack(item) {
    if (item.files.length > 0 && !this.tray.isEmpty) {
      this.note("Send or remove what is in the box first.");
      return false;
    }
    if (item.files.length > 0) this.tray.restore({ files: item.files, kind: item.kind });
    this.#text.value = [item.text, this.#text.value].filter(Boolean).join("\n");
    this.#onInput();
    this.focus();
    return true;
  }

  /** Fit the box to its content and say what it is for. */
  refresh() {
    this.#text.placeholder = this.tray.isEmpty ? "Message" : "Caption";
    byId("send").disabled = this.tray.isEmpty && !this.#text.value.trim();
    this.#text.style.height = "auto";
    this.#text.style.height = `${this.#text.scrollHeight}px`;
  }

  #onInput() {
    sessionStorage.setItem(`draft/${keyOf(this.#view)}`, this.#text.value);
    this.note("");
    this.commands.suggest(this.#text.value);
    this.refresh();
  }

  #onKey(event) {
    if (event.isComposing || this.commands.onKey(event)) return;
    if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      this.submit();
    } else if (event.key === "Escape" && this.#replyTo) {
      this.#setReply(null);
    }
  }

  /** Typing anywhere on the page goes into the box, as messengers do. */
  #catchTyping(event) {
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
    const from = message.from ?? message.chat;
    this.#replyBar.replaceChildren(
      el(
        "span",
        { class: `reply-words ${tint(from)}` },
        el("b", {}, `Reply to ${nameOf(from)}, ${clock(message.date)}`),
        el("span", { dir: "auto" }, summary(message)),
      ),
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

const keyOf = ({ userId, chatId }) => `${userId}/${chatId}`;
