// Photos, albums and documents inside a message.

import { fileUrl } from "./api.js";
import { el, fileExtension, fileSize, icon } from "./dom.js";

/** Longest side of a single photo on the page, in CSS pixels. */
const MAX_SIDE = 420;
/** Small pictures are enlarged by at most this factor. */
const MAX_ENLARGEMENT = 3;
const MIN_WIDTH = 160;
const MIN_HEIGHT = 80;
/** A bubble uses the smallest size of a photo whose longer side is at least this. */
const MIN_SHARP_SIDE = 800;
/** Documents that a browser can show. */
const BROWSER_IMAGE_TYPES = /^image\/(jpeg|png|webp|gif|bmp|avif)$/;

/** Width by height of what is shown of an album's picture: alone in its row, and beside others. */
const ALONE = [1.4, 2.5];
const BESIDE_OTHERS = [0.66, 1.6];
/** How many pictures are in each row of an album of 2 to 10, unless they are few and wide. */
const ALBUM_ROWS = {
  2: [2],
  3: [1, 2],
  4: [2, 2],
  5: [2, 3],
  6: [3, 3],
  7: [2, 2, 3],
  8: [2, 3, 3],
  9: [3, 3, 3],
  10: [3, 3, 4],
};

/** The photos with a spoiler that have been uncovered, as "chat/message". */
const uncovered = new Set();
const keyOf = (message) => `${message.chat?.id}/${message.message_id}`;

/** Whether a photo is covered by its spoiler. */
export const isCovered = (message) => message.has_media_spoiler === true && !uncovered.has(keyOf(message));

const longerSide = (size) => Math.max(size.width, size.height);

/** The picture of a message for the lightbox, or null if there is none. */
export function pictureOf(message) {
  if (message.photo) {
    const best = message.photo.reduce((a, b) => (longerSide(b) > longerSide(a) ? b : a));
    return { url: fileUrl(best.file_id), message, name: `photo-${message.message_id}.jpg` };
  }
  if (message.video?.thumbnail) {
    return { url: fileUrl(message.video.thumbnail.file_id), message, name: "preview.jpg" };
  }
  const document = message.document;
  if (!document || !BROWSER_IMAGE_TYPES.test(document.mime_type ?? "")) return null;
  return { url: fileUrl(document.file_id), message, name: document.file_name ?? "picture" };
}

/** The sizes of a photo, or the thumbnail of a video in an album. */
const sizesOf = (message) => message.photo ?? [message.video.thumbnail];

function sizeForBubble(photo) {
  const bySize = [...photo].sort((a, b) => longerSide(a) - longerSide(b));
  return bySize.find((size) => longerSide(size) >= MIN_SHARP_SIDE) ?? bySize.at(-1);
}

/** An image, replaced by `fallback` if the sandbox no longer has it or it is broken. */
function image(fileId, alt, fallback) {
  const replace = (event) => event.currentTarget.replaceWith(fallback);
  return el("img", { src: fileUrl(fileId), alt, decoding: "async", draggable: "false", onerror: replace });
}

const photoImage = (message, size) =>
  image(size.file_id, altOf(message), el("span", { class: "gone" }, "No longer here"));

/** A single photo, in a box whose size is known before the photo is loaded. */
export function photoBox(message, openPicture) {
  const size = sizeForBubble(message.photo);
  const scale = Math.min(MAX_SIDE / longerSide(size), MAX_ENLARGEMENT);
  const width = Math.max(MIN_WIDTH, size.width * scale);
  const height = Math.max(MIN_HEIGHT, size.height * scale);
  const box = tile(message, openPicture, photoImage(message, size));
  box.classList.add("photo");
  box.style.setProperty("--width", `${Math.round(width)}px`);
  box.style.setProperty("--ratio", (width / height).toFixed(4));
  return box;
}

/**
 * How many pictures to put in each row of an album. Few wide ones are below each other, uncropped, as
 * Telegram Desktop does with two (`layoutTwo` in ui/grouped_layout.cpp).
 */
function albumRows(messages) {
  const areWide = messages.map(sizesOf).every(([{ width, height }]) => width / height > BESIDE_OTHERS[1]);
  if (messages.length <= 3 && areWide) return messages.map(() => 1);
  return ALBUM_ROWS[messages.length] ?? [messages.length];
}

/** Several pictures as a grid. The first message is marked on its article, the others on their tiles. */
export function albumGrid(messages, openPicture) {
  const grid = el("div", { class: "album" });
  let at = 0;
  for (const length of albumRows(messages)) {
    const row = el("div", { class: "album-row" });
    const [narrowest, widest] = length === 1 ? ALONE : BESIDE_OTHERS;
    const shapes = [];
    for (const message of messages.slice(at, at + length)) {
      const size = sizeForBubble(sizesOf(message));
      const shape = Math.min(Math.max(size.width / size.height, narrowest), widest);
      const box = tile(message, openPicture, photoImage(message, size));
      if (at > 0 || shapes.length > 0) markMessage(box, message);
      box.style.setProperty("--shape", shape.toFixed(3));
      shapes.push(shape);
      row.append(box);
    }
    row.style.setProperty("--ratio", shapes.reduce((a, b) => a + b, 0).toFixed(3));
    grid.append(row);
    at += length;
  }
  return grid;
}

/** Set the attributes by which tests and reply quotes find a message. */
export function markMessage(node, message) {
  node.dataset.testid = `message-${message.message_id}`;
  node.dataset.from = message.from?.is_bot && !message.sender_chat ? "bot" : "user";
  node.dataset.message = message.message_id;
}

/** What a picture does as a button. */
function altOf(message) {
  return message.caption ? `Open photo: ${message.caption.slice(0, 120)}` : "Open photo";
}

function tile(message, openPicture, content) {
  const open = () => openPicture(message);
  if (!isCovered(message))
    return el("button", { type: "button", class: "tile", onclick: open }, content);
  const cover = el("span", { class: "cover" }, icon("hidden"), el("span", {}, "Show"));
  const uncover = ({ currentTarget: button }) => {
    if (!isCovered(message)) return open();
    uncovered.add(keyOf(message));
    cover.remove();
    button.classList.remove("covered");
    button.removeAttribute("aria-label");
  };
  const label = "Show the covered photo";
  return el(
    "button",
    { type: "button", class: "tile covered", "aria-label": label, onclick: uncover },
    content,
    cover,
  );
}

/** Cover what moves, if its message has a spoiler, until somebody uncovers it. */
export function covered(message, box) {
  if (!isCovered(message)) return box;
  const uncover = () => {
    uncovered.add(keyOf(message));
    button.remove();
    box.classList.remove("covered");
  };
  const label = "Show the covered video";
  const button = el(
    "button",
    { type: "button", class: "cover", "aria-label": label, onclick: uncover },
    icon("hidden"),
    el("span", {}, "Show"),
  );
  box.classList.add("covered");
  box.append(button);
  return box;
}

/** A document with icon, name and size. Pictures open in the lightbox, other files download. */
export function documentRow(message, openPicture) {
  const { document } = message;
  const name = document.file_name ?? "File";
  const picture = pictureOf(message);
  const thumbnail = document.thumbnail ?? (picture && { file_id: document.file_id });
  const about = [fileExtension(name), document.file_size ? fileSize(document.file_size) : null]
    .filter(Boolean)
    .join(" · ");
  const badge = fileExtension(name) || icon("file");
  const preview = thumbnail ? image(thumbnail.file_id, "", badge) : badge;
  const content = [
    el("span", { class: "visually-hidden" }, picture ? "Open " : "Download "),
    el("span", { class: "file-icon", "aria-hidden": "true" }, preview),
    el(
      "span",
      { class: "file-text" },
      el("span", { class: "file-name", dir: "auto" }, name),
      el("span", { class: "file-about" }, about),
    ),
  ];
  if (picture) {
    return el("button", { type: "button", class: "file", onclick: () => openPicture(message) }, content);
  }
  return el("a", { class: "file", href: fileUrl(document.file_id), download: name }, content);
}
