// Telegram's text entities as DOM nodes. Offsets are in UTF-16 units, as in JavaScript strings.

import { el, nameOf, senderOf } from "./dom.js";

const SAFE_SCHEMES = new Set(["http:", "https:", "mailto:", "tel:"]);

const TAGS = {
  bold: "strong",
  italic: "em",
  underline: "u",
  strikethrough: "s",
  code: "code",
  blockquote: "blockquote",
  expandable_blockquote: "blockquote",
};

/**
 * Text with its entities as a fragment.
 *
 * Args:
 *   text: the plain text.
 *   entities: Telegram's MessageEntity objects; they may be nested.
 *   onCommand: called with "/command" when one is clicked.
 */
export function richText(text, entities = [], onCommand = () => {}) {
  const sorted = [...entities].sort((a, b) => a.offset - b.offset || b.length - a.length);
  const fragment = document.createDocumentFragment();
  fill(fragment, sorted, { text, start: 0, end: text.length, onCommand });
  return fragment;
}

function fill(parent, entities, { text, start, end, onCommand }) {
  let at = start;
  for (let index = 0; index < entities.length;) {
    const entity = entities[index];
    const last = Math.min(entity.offset + entity.length, end);
    const inside = entities.slice(index + 1).filter((other) => other.offset < last);
    if (entity.offset >= at && last > entity.offset) {
      const node = nodeFor(entity, text.slice(entity.offset, last), onCommand);
      const target = node.querySelector("code") ?? node;
      fill(target, inside, { text, start: entity.offset, end: last, onCommand });
      parent.append(text.slice(at, entity.offset), node);
      at = last;
    }
    index += 1 + inside.length;
  }
  parent.append(text.slice(at, end));
}

function nodeFor(entity, content, onCommand) {
  const { type } = entity;
  if (TAGS[type]) return el(TAGS[type]);
  if (type === "pre") return el("pre", { tabindex: "0" }, el("code"));
  if (type === "spoiler") return spoiler();
  if (type === "text_link") return link(entity.url);
  if (type === "url") return link(/^[a-z][a-z0-9+.-]*:/i.test(content) ? content : `https://${content}`);
  if (type === "email") return link(`mailto:${content}`);
  if (type === "phone_number") return link(`tel:${content}`);
  if (type === "bot_command") {
    return el("button", { type: "button", class: "command-link", onclick: () => onCommand(content) });
  }
  return el("span", { class: type.endsWith("mention") || type.endsWith("tag") ? "mention" : null });
}

function link(address) {
  let url;
  try {
    url = new URL(address);
  } catch {
    return el("span");
  }
  if (!SAFE_SCHEMES.has(url.protocol)) return el("span");
  return el("a", { href: url.href, target: "_blank", rel: "noopener noreferrer" });
}

function spoiler() {
  const reveal = (event) => {
    if (event.type === "keydown" && event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    event.currentTarget.classList.add("revealed");
  };
  return el("span", {
    class: "spoiler",
    role: "button",
    tabindex: "0",
    title: "Show",
    onclick: reveal,
    onkeydown: reveal,
  });
}

/** What a service message says; null for other messages. */
export function serviceText(message) {
  const who = nameOf(senderOf(message));
  if (message.new_chat_members) return `${who} added ${message.new_chat_members.map(nameOf).join(", ")}`;
  if (message.left_chat_member) return `${who} removed ${nameOf(message.left_chat_member)}`;
  if (message.forum_topic_created) return `${who} created the topic “${message.forum_topic_created.name}”`;
  return null;
}

/** A message in one line, as in the chat list and in reply quotes; spoilers stay covered. */
export function summary(message) {
  const entities = message.entities ?? message.caption_entities ?? [];
  let text = message.text ?? message.caption ?? "";
  for (const { offset, length } of entities.filter(({ type }) => type === "spoiler"))
    text = text.slice(0, offset) + "▒".repeat(length) + text.slice(offset + length);
  text = text.replace(/\s+/g, " ").trim();
  if (serviceText(message)) return serviceText(message);
  if (message.photo) return text || "Photo";
  if (message.animation) return text || "GIF";
  if (message.video) return text || "Video";
  if (message.video_note) return "Video message";
  if (message.sticker) return `${message.sticker.emoji ?? ""} Sticker`.trim();
  if (message.document) return text || message.document.file_name || "File";
  return text || "Message";
}
