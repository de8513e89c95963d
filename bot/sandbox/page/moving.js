// Animations, videos, video messages and stickers inside a message.

import { fileUrl } from "./api.js";
import { el, icon } from "./dom.js";

/** Longest sides, in CSS pixels. */
const VIDEO_SIDE = 420;
const NOTE_SIDE = 240;
const STICKER_SIDE = 180;
const MIN_WIDTH = 160;
const NAMES = { animation: "GIF", video_note: "Video message" };

/** What moves in a message, or null: {kind, file}. Of an animation, `document` is left out. */
export function movingPart(message) {
  const kind = ["animation", "video", "video_note", "sticker"].find((name) => message[name]);
  return kind ? { kind, file: message[kind] } : null;
}

/** What moves in a message, to be played: videos have controls, the others start with a click. */
export function movingBox({ kind, file }) {
  if (kind === "sticker") return stickerBox(file);
  const side = kind === "video_note" ? NOTE_SIDE : VIDEO_SIDE;
  const width = file.width ?? file.length;
  const height = file.height ?? file.length;
  const scale = side / Math.max(width, height);
  const player = kind === "video" ? videoOf(file, { controls: "" }) : playButton(file, NAMES[kind]);
  const badge = el("span", { class: "badge" }, kind === "animation" ? "GIF" : lengthOf(file));
  const box = el("div", { class: `moving ${kind}` }, player, badge);
  box.style.setProperty("--width", `${Math.max(MIN_WIDTH, Math.round(width * scale))}px`);
  box.style.setProperty("--ratio", (width / height).toFixed(4));
  return box;
}

function stickerBox(file) {
  const scale = STICKER_SIDE / Math.max(file.width, file.height);
  const box = el("div", { class: "moving sticker" }, stickerContent(file));
  box.style.setProperty("--width", `${Math.round(file.width * scale)}px`);
  box.style.setProperty("--ratio", (file.width / file.height).toFixed(4));
  return box;
}

function stickerContent(file) {
  const alt = `Sticker ${file.emoji ?? ""}`.trim();
  if (file.is_video) return playButton(file, alt);
  // A browser cannot draw .tgs files.
  const shown = file.is_animated ? file.thumbnail : file;
  if (!shown) return el("span", { class: "gone" }, file.emoji ?? icon("smile"), " .tgs");
  return el("img", { src: fileUrl(shown.file_id), alt, decoding: "async", draggable: "false" });
}

function videoOf(file, attributes) {
  const poster = file.thumbnail ? fileUrl(file.thumbnail.file_id) : null;
  return el("video", {
    src: fileUrl(file.file_id),
    poster,
    preload: "none",
    playsinline: "",
    ...attributes,
  });
}

/** A video that a click starts and stops, without the controls of the browser. */
function playButton(file, name) {
  const video = videoOf(file, { loop: "" });
  const toggle = () => (video.paused ? video.play() : video.pause());
  return el("button", { type: "button", class: "player", "aria-label": `Play: ${name}`, onclick: toggle }, video);
}

const lengthOf = ({ duration }) => `${Math.floor(duration / 60)}:${String(duration % 60).padStart(2, "0")}`;
