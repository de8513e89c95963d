// One row of the timeline: a message, an album, or something that is being sent.

import { fileUrl } from "./api.js";
import { avatar, clock, count, el, fileExtension, icon, nameOf, senderOf, timeOf, tint } from "./dom.js";
import { albumGrid, covered, documentRow, isCovered, markMessage, photoBox } from "./media.js";
import { movingBox, movingPart } from "./moving.js";
import { richText, summary } from "./text.js";

/**
 * Build rows for one view of one chat.
 *
 * Args:
 *   actions: what a click can do: openPicture(message), jumpTo(message), sendCommand(text),
 *     reply(message), retry(item), edit(item), discard(item).
 *   keyboards: renders the inline keyboards.
 */
export class MessageRows {
  constructor({ actions, keyboards }) {
    this.actions = actions;
    this.keyboards = keyboards;
  }

  /** A row of one message, or of the messages of one album. */
  message(messages, { userId, inGroup, first, last }) {
    const [head] = messages;
    const own = head.from?.id === userId;
    const others = inGroup && !own;
    const article = el("article", {
      class: "message",
      tabindex: "-1",
      "aria-label": describe(messages, own),
    });
    markMessage(article, head);
    article.append(this.#bubble(messages, others && first ? senderOf(head) : null));
    const keyboard = this.keyboards.render(messages.at(-1), userId);
    if (keyboard) article.append(keyboard);
    return el(
      "div",
      {
        class: ["row", own ? "own" : "other", first && "first", last && "last", others && "with-avatar"]
          .filter(Boolean)
          .join(" "),
      },
      others && last ? avatar(senderOf(head), "small") : null,
      article,
      this.#replyButton(head),
    );
  }

  #replyButton(message) {
    const who = nameOf(senderOf(message));
    return el(
      "button",
      {
        type: "button",
        class: "icon-button reply",
        "aria-label": `Reply to ${who}, ${clock(message.date)}`,
        title: "Reply",
        onclick: () => this.actions.reply(message),
      },
      icon("reply"),
    );
  }

  #bubble(messages, sender) {
    const [head] = messages;
    const captioned = messages.filter((message) => message.text ?? message.caption);
    const media = this.#media(messages);
    const moving = movingPart(head);
    const pictures = head.photo !== undefined || moving !== null;
    const bubble = el("div", {
      class: `bubble${pictures ? " with-photo" : ""}${captioned.length === 0 ? " without-text" : ""}${moving?.kind === "sticker" ? " bare" : ""}`,
    });
    if (sender) bubble.append(el("p", { class: `sender ${tint(sender)}` }, nameOf(sender)));
    // Telegram lets whatever replies to nothing else reply to the beginning of its topic.
    if (head.reply_to_message && !head.reply_to_message.forum_topic_created) bubble.append(this.#quote(head.reply_to_message));
    if (media) bubble.append(media);
    const meta = metaOf(messages);
    // All captions of an album are shown under the grid.
    captioned.forEach((message, index) =>
      bubble.append(this.#text(message, index === captioned.length - 1 ? meta : null)),
    );
    if (captioned.length === 0) {
      if (!media)
        bubble.append(el("p", { class: "text unknown" }, "A kind of message this page cannot show"));
      bubble.append(meta);
    }
    return bubble;
  }

  #text(message, meta) {
    const text = message.text ?? message.caption;
    const entities = message.text ? message.entities : message.caption_entities;
    return el(
      "div",
      { class: "text", dir: "auto" },
      richText(text, entities, this.actions.sendCommand),
      meta,
    );
  }

  #media(messages) {
    const { openPicture } = this.actions;
    const [head] = messages;
    const moving = messages.map(movingPart);
    if (moving[0] && messages.length === 1) return covered(head, movingBox(moving[0]));
    if (moving[0] || head.photo)
      return messages.length > 1 ? albumGrid(messages, openPicture) : photoBox(head, openPicture);
    if (!head.document) return null;
    const rows = messages.map((message, index) => {
      const row = documentRow(message, openPicture);
      if (index > 0) markMessage(row, message);
      return row;
    });
    return el("div", { class: "files" }, rows);
  }

  #quote(original) {
    return el(
      "button",
      {
        type: "button",
        class: `quote ${tint(senderOf(original))}`,
        onclick: () => this.actions.jumpTo(original),
      },
      thumbnailOf(original),
      el(
        "span",
        { class: "quote-text" },
        el("b", {}, nameOf(senderOf(original))),
        el("span", { dir: "auto" }, summary(original)),
      ),
    );
  }

  /** A row for a message that is being sent or could not be sent. */
  pending(item) {
    const { retry, edit, discard } = this.actions;
    const failed = item.status === "failed";
    const bubble = el(
      "div",
      { class: `bubble${item.files.length ? " with-photo" : ""}` },
      item.files.length ? el("div", { class: "pending-files" }, item.files.map(pendingFile)) : null,
      el(
        "div",
        { class: "text", dir: "auto" },
        item.text,
        failed
          ? null
          : el("span", { class: "meta" }, icon("clock"), el("span", { class: "visually-hidden" }, "sending")),
      ),
    );
    const failure = failed
      ? el(
          "div",
          { class: "failure", role: "alert" },
          el("p", {}, `Not sent: ${item.error}`),
          el(
            "div",
            { class: "failure-buttons" },
            [
              ["Try again", retry],
              ["Edit", edit],
              ["Delete", discard],
            ].map(([label, act]) => el("button", { type: "button", onclick: () => act(item) }, label)),
          ),
        )
      : null;
    return el(
      "div",
      { class: `row own first last ${item.status}`, "data-testid": "outgoing" },
      el("article", { class: "message", "aria-label": "Your message" }, bubble, failure),
    );
  }
}

function pendingFile({ file, preview }) {
  if (preview) return el("img", { src: preview, alt: file.name });
  return el("span", { class: "file-icon", title: file.name }, fileExtension(file.name) || icon("file"));
}

function metaOf(messages) {
  const edited = messages.some((message) => message.edit_date);
  return el(
    "span",
    { class: "meta" },
    messages.some((message) => message.has_protected_content)
      ? el(
          "span",
          { class: "protected", title: "Cannot be forwarded or saved" },
          icon("lock"),
          el("span", { class: "visually-hidden" }, "protected"),
        )
      : null,
    edited ? el("span", { class: "edited" }, "edited") : null,
    timeOf(messages[0].date),
  );
}

function describe(messages, own) {
  const [head] = messages;
  const who = own ? "You" : nameOf(senderOf(head));
  const what =
    messages.length > 1 ? `album of ${count(messages.length, "item", "items")}` : summary(head).slice(0, 80);
  return `${who}, ${clock(head.date)}: ${what}`;
}

function thumbnailOf(message) {
  const smallest =
    message.photo?.[0] ?? movingPart(message)?.file.thumbnail ?? message.document?.thumbnail;
  const blurred = isCovered(message) ? "covered" : null;
  return smallest
    ? el("img", { src: fileUrl(smallest.file_id), class: blurred, alt: "", draggable: "false" })
    : null;
}
