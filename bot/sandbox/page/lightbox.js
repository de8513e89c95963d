// A picture in full size; the arrow keys show the chat's other pictures.

import { byId, clock, dayName, el, icon, nameOf, senderOf } from "./dom.js";
import { isCovered, pictureOf } from "./media.js";

export class Lightbox {
  #dialog = byId("lightbox");
  #pictures = [];
  #at = 0;

  constructor() {
    this.#dialog.addEventListener("keydown", (event) => this.#onKey(event));
    this.#dialog.addEventListener("click", (event) => {
      if (!event.target.closest("img, button, a, figcaption")) this.#dialog.close();
    });
  }

  /** Show the picture of a message; the arrows move through those of the chat that are not covered. */
  open(message, history) {
    const uncovered = history.filter((other) => !isCovered(other));
    this.#pictures = uncovered.map(pictureOf).filter(Boolean);
    this.#at = this.#pictures.findIndex((picture) => picture.message.message_id === message.message_id);
    if (this.#at < 0) return;
    this.#draw();
    this.#dialog.showModal();
  }

  #onKey(event) {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (step) this.#move(step);
  }

  #move(step) {
    const next = this.#at + step;
    if (next < 0 || next >= this.#pictures.length) return;
    this.#at = next;
    const focused = document.activeElement?.dataset.part;
    this.#draw();
    this.#dialog.querySelector(`[data-part="${focused}"]:not(:disabled)`)?.focus();
  }

  #draw() {
    const { url, message, name } = this.#pictures[this.#at];
    const count = this.#pictures.length;
    const who = nameOf(senderOf(message));
    this.#dialog.replaceChildren(
      el(
        "div",
        { class: "lightbox-bar" },
        el("p", {}, el("b", {}, who), ` ${dayName(message.date)}, ${clock(message.date)}`),
        el("p", { class: "lightbox-count" }, count > 1 ? `${this.#at + 1} of ${count}` : ""),
        message.has_protected_content ? null : downloadLink(url, name),
        el(
          "button",
          {
            type: "button",
            class: "icon-button",
            "aria-label": "Close",
            title: "Close (Esc)",
            "data-part": "close",
            autofocus: true,
            onclick: () => this.#dialog.close(),
          },
          icon("close"),
        ),
      ),
      el(
        "figure",
        {},
        el("img", { src: url, alt: message.caption ?? "Photo" }),
        message.caption ? el("figcaption", { dir: "auto" }, message.caption) : null,
      ),
      this.#arrow("back", "Previous picture", -1),
      this.#arrow("next", "Next picture", 1),
    );
  }

  #arrow(name, label, step) {
    const end = step < 0 ? 0 : this.#pictures.length - 1;
    return el(
      "button",
      {
        type: "button",
        class: `icon-button arrow ${name}`,
        "aria-label": label,
        "data-part": name,
        disabled: this.#at === end,
        onclick: () => this.#move(step),
      },
      icon(name),
    );
  }
}

function downloadLink(url, name) {
  return el(
    "a",
    {
      class: "icon-button",
      href: url,
      download: name,
      "aria-label": "Download",
      title: "Download",
      "data-part": "download",
    },
    icon("download"),
  );
}
