// The tray above the message box: chosen files that are not sent yet.

import { byId, count, el, fileExtension, fileSize, icon } from "./dom.js";
import { revokePreviews } from "./outbox.js";

/** Telegram's limit for one album. */
const MAX_ALBUM_SIZE = 10;
/** Types that can be sent as photos; others are sent as files. */
const PHOTO = /^image\/(jpeg|png|webp|gif)$/;
/** Videos, and HEIC files, can also be sent from the gallery, but have no preview here. */
const WITHOUT_PREVIEW = /\.(hei[cf]|mp4|mov|webm)$/i;

function trayItem(file) {
  const drawable = PHOTO.test(file.type);
  return {
    file,
    isPhoto: drawable || WITHOUT_PREVIEW.test(file.name),
    preview: drawable ? URL.createObjectURL(file) : null,
  };
}

export class Tray {
  #node = byId("tray");
  #files = []; // {file, isPhoto, preview}
  #kind = "photo";
  #hasSpoiler = false;

  constructor({ changed, note }) {
    this.changed = changed;
    this.note = note;
  }

  get isEmpty() {
    return this.#files.length === 0;
  }

  /** Add files up to the size of an album; `kind` is how to send them. */
  add(files, kind) {
    const room = MAX_ALBUM_SIZE - this.#files.length;
    const taken = files.slice(0, room);
    if (this.isEmpty) this.#kind = kind;
    this.#files.push(...taken.map(trayItem));
    const left = files.length - taken.length;
    const leftOut = `${count(left, "file was", "files were")} left out.`;
    this.note(left ? `An album holds ${MAX_ALBUM_SIZE} pictures: ${leftOut}` : "");
    this.#draw();
  }

  /** Remove all files and return them in batches: photos and files are sent separately. */
  takeBatches() {
    const photos = this.#kind === "photo" ? this.#files.filter(({ isPhoto }) => isPhoto) : [];
    const documents = this.#files.filter((each) => !photos.includes(each));
    const hasSpoiler = this.#hasSpoiler;
    this.restore({ files: [], kind: this.#kind });
    return [
      { kind: "photo", files: photos, hasSpoiler },
      { kind: "document", files: documents },
    ].filter(({ files }) => files.length > 0);
  }

  /** Remove all files and return them for `restore`. */
  takeAll() {
    const taken = { files: this.#files, kind: this.#kind, hasSpoiler: this.#hasSpoiler };
    this.restore({ files: [], kind: "photo" });
    return taken;
  }

  restore({ files, kind, hasSpoiler = false }) {
    this.#files = files;
    this.#kind = kind;
    this.#hasSpoiler = hasSpoiler;
    this.#draw();
  }

  clear() {
    revokePreviews(this.#files);
    this.restore({ files: [], kind: "photo" });
  }

  #remove(item) {
    const at = this.#files.indexOf(item);
    this.#files.splice(at, 1);
    revokePreviews([item]);
    this.note("");
    this.#draw();
    const rest = this.#node.querySelectorAll(".tray-item button");
    (rest[Math.min(at, rest.length - 1)] ?? byId("text")).focus();
  }

  #draw() {
    this.#node.hidden = this.isEmpty;
    this.#node.replaceChildren(
      this.#head(),
      el(
        "ul",
        { class: "tray-items" },
        this.#files.map((item) => this.#item(item)),
      ),
    );
    this.changed();
  }

  #head() {
    const photos = this.#files.filter(({ isPhoto }) => isPhoto).length;
    const asPhotos = this.#kind === "photo" && photos > 0;
    const rest = this.#files.length - photos;
    const summary = asPhotos
      ? [count(photos, "photo", "photos"), rest ? count(rest, "file", "files") : null]
          .filter(Boolean)
          .join(" and ")
      : count(this.#files.length, "file", "files");
    const choice = (kind, label) =>
      el(
        "button",
        {
          type: "button",
          "aria-pressed": String((kind === "photo") === asPhotos),
          "data-testid": `as-${kind}`,
          onclick: () => this.#choose(kind),
        },
        label,
      );
    return el(
      "div",
      { class: "tray-head" },
      el("p", { role: "status" }, summary),
      asPhotos ? this.#spoilerButton() : null,
      photos > 0
        ? el(
            "div",
            { class: "segments", role: "group", "aria-label": "Send as" },
            choice("photo", "As photos"),
            choice("document", "As files"),
          )
        : null,
      el(
        "button",
        {
          type: "button",
          class: "icon-button",
          "aria-label": "Remove all",
          title: "Remove all",
          onclick: () => this.#removeAll(),
        },
        icon("close"),
      ),
    );
  }

  #spoilerButton() {
    const toggle = () => {
      this.#hasSpoiler = !this.#hasSpoiler;
      this.#draw();
      this.#node.querySelector('[data-testid="spoiler"]').focus();
    };
    return el(
      "button",
      {
        type: "button",
        class: "icon-button",
        "aria-label": "Cover with a spoiler",
        title: "Cover with a spoiler",
        "aria-pressed": String(this.#hasSpoiler),
        "data-testid": "spoiler",
        onclick: toggle,
      },
      icon("hidden"),
    );
  }

  #choose(kind) {
    this.#kind = kind;
    this.#draw();
    this.#node.querySelector(`[data-testid="as-${kind}"]`).focus();
  }

  #removeAll() {
    this.clear();
    this.note("");
    byId("text").focus();
  }

  #item(item) {
    const { file, preview } = item;
    const picture = preview
      ? el("img", { src: preview, alt: file.name, title: file.name, onerror: () => this.#unreadable(item) })
      : el(
          "span",
          { class: "tray-file", title: file.name },
          icon("file"),
          el("b", {}, fileExtension(file.name)),
          el("span", { dir: "auto" }, file.name),
          el("small", {}, fileSize(file.size)),
        );
    return el(
      "li",
      { class: "tray-item" },
      picture,
      el(
        "button",
        {
          type: "button",
          "aria-label": `Remove ${file.name}`,
          title: "Remove",
          onclick: () => this.#remove(item),
        },
        icon("close"),
      ),
    );
  }

  /** A broken picture has no preview; it can still be sent as a file. */
  #unreadable(item) {
    revokePreviews([item]);
    item.preview = null;
    item.isPhoto = false;
    this.#draw();
  }
}
