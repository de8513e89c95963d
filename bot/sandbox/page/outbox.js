// What was sent from this page and has not arrived yet. Nothing leaves it without an answer.

import { Offline, Refused, sendMedia, sendText } from "./api.js";

export class Outbox {
  #items = [];
  #next = 1;
  #working = new Set(); // chats with a request in flight: one at a time keeps the order

  constructor({ store, changed }) {
    this.store = store;
    this.changed = changed;
  }

  /**
   * Put something on its way.
   *
   * Args:
   *   letter: {userId, chatId, text, kind, files, replyTo}; `files` holds {file, preview} and may
   *     be empty, `text` is then the message and else the caption.
   */
  add(letter) {
    this.#items.push({ ...letter, key: this.#next++, status: "waiting", error: null, arrived: false });
    this.#work(letter.chatId);
    this.changed();
  }

  retry(item) {
    item.status = "waiting";
    this.#work(item.chatId);
    this.changed();
  }

  /** Take an item out of the box; its previews are then up to the caller. */
  remove(item) {
    this.#items = this.#items.filter((other) => other !== item);
    this.changed();
  }

  discard(item) {
    this.remove(item);
    forgetPreviews(item.files);
  }

  /** What to draw under a chat's messages for one user. */
  shown(userId, chatId) {
    return this.#items.filter((item) => item.userId === userId && item.chatId === chatId && !item.arrived);
  }

  /** A message came through the stream: if it is the one in flight, its stand-in goes. */
  echo(message) {
    const item = this.#items.find(
      ({ status, chatId, userId }) =>
        status === "sending" && chatId === message.chat.id && userId === message.from?.id,
    );
    if (item) item.arrived = true;
  }

  async #work(chatId) {
    if (this.#working.has(chatId)) return;
    this.#working.add(chatId);
    for (
      let item;
      (item = this.#items.find((each) => each.chatId === chatId && each.status === "waiting"));
    ) {
      await this.#send(item);
    }
    this.#working.delete(chatId);
  }

  async #send(item) {
    item.status = "sending";
    try {
      const messages = await deliver(item);
      this.#items = this.#items.filter((other) => other !== item);
      forgetPreviews(item.files);
      this.store.putAll(messages);
    } catch (error) {
      if (!(error instanceof Offline || error instanceof Refused)) throw error;
      Object.assign(item, { status: "failed", error: error.message, arrived: false });
      this.changed();
    }
  }
}

async function deliver({ chatId, userId, text, kind, files, replyTo }) {
  if (files.length === 0) return [(await sendText(chatId, userId, text, replyTo)).message];
  const caption = text || null;
  return (await sendMedia(chatId, { userId, kind, caption, replyTo, files: files.map(({ file }) => file) }))
    .messages;
}

export function forgetPreviews(files) {
  for (const { preview } of files) if (preview) URL.revokeObjectURL(preview);
}
