// Small helpers to build the page. Text always becomes a text node, never HTML.

export const byId = (id) => document.getElementById(id);

/** Create an element; names like `onclick` become listeners, all others attributes. */
export function el(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

const SVG = "http://www.w3.org/2000/svg";

/** One of the symbols at the end of index.html. */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `#icon-${name}`);
  svg.append(use);
  return svg;
}

/** Who a message is from: a user, or the group or channel in whose name it was sent. */
export const senderOf = (message) => message.sender_chat ?? message.from ?? message.chat;

export const nameOf = (peer) => peer.title ?? [peer.first_name, peer.last_name].filter(Boolean).join(" ");

/** The colour of a user or chat, as one of the classes in main.css. */
export const tint = (peer) => (peer.is_bot ? "tint-bot" : peer.title ? "tint-group" : `tint-${peer.id % 5}`);

export function avatar(peer, classes = "") {
  const content = peer.is_bot
    ? icon("smile")
    : peer.type === "supergroup"
      ? icon("group")
      : nameOf(peer).slice(0, 1);
  return el("span", { class: `avatar ${tint(peer)} ${classes}`, "aria-hidden": "true" }, content);
}

const CLOCK = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });
const DAY = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "long" });
const DAY_AND_YEAR = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "long", year: "numeric" });

export const clock = (seconds) => CLOCK.format(seconds * 1000);

export function dayName(seconds, now = new Date()) {
  const date = new Date(seconds * 1000);
  const yesterday = new Date(now.getFullYear(), now.getMonth(), now.getDate() - 1);
  if (date.toDateString() === now.toDateString()) return "Today";
  if (date.toDateString() === yesterday.toDateString()) return "Yesterday";
  return (date.getFullYear() === now.getFullYear() ? DAY : DAY_AND_YEAR).format(date);
}

/** A time element that shows the time of day; the tooltip has the whole date. */
export const timeOf = (seconds) =>
  el(
    "time",
    {
      datetime: new Date(seconds * 1000).toISOString(),
      title: new Date(seconds * 1000).toLocaleString("en-GB"),
    },
    clock(seconds),
  );

export function fileSize(bytes) {
  if (bytes < 1024) return `${bytes} B`;
  if (bytes < 1024 * 1024) return `${Math.round(bytes / 1024)} KB`;
  return `${(bytes / 1024 / 1024).toFixed(1)} MB`;
}

export const fileExtension = (name) =>
  (name?.includes(".") ? name.split(".").pop() : "").slice(0, 4).toUpperCase();

/** Whether the user points with a finger: nothing can be dropped, and a focus opens the keyboard. */
export const isTouch = () => matchMedia("(pointer: coarse)").matches;

export const count = (number, one, many) => `${number} ${number === 1 ? one : many}`;

export const scrollBehavior = () =>
  matchMedia("(prefers-reduced-motion: reduce)").matches ? "instant" : "smooth";

/** Announce a sentence to screen readers. */
export function announce(sentence) {
  byId("announcer").append(el("p", {}, sentence));
  while (byId("announcer").childElementCount > 5) byId("announcer").firstChild.remove();
}
