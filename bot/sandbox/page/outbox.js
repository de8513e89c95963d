// Messages that the sandbox has not accepted yet. They stay until they are sent or discarded.

import { OfflineError, RejectedError, sendMedia, sendText } from "./api.js";

export class Outbox {
  #items = [];
  #next = 1;
  #sendingChats = new Set(); // chats with a request in flight: one at a time, to keep the order

  constructor({ store, changed }) {
    this.store = store;
    this.changed = changed;
  }

  /**
   * Send a message.
   *
   * Args:
   *   message: {userId, chatId, topicId, asChatId, text, kind, files, replyTo, hasSpoiler}; `files`
   *     holds {file, preview}. If it is empty, `text` is the message, otherwise the caption.
   */
  add(message) {
    this.#items.push({ ...message, key: this.#next++, status: "waiting", error: null, arrived: false });
    this.#sendWaiting(message.chatId);
    this.changed();
  }

  retry(item) {
    item.status = "waiting";
    this.#sendWaiting(item.chatId);
    this.changed();
  }

  /** Remove an item; the caller must revoke its previews. */
  remove(item) {
    this.#items = this.#items.filter((other) => other !== item);
    this.changed();
  }

  discard(item) {
    this.remove(item);
    revokePreviews(item.files);
  }

  /** The items of a user to draw below the messages of a chat or topic. */
  shown({ userId, chatId, topicId }) {
    const isHere = (item) =>
      item.userId === userId && item.chatId === chatId && item.topicId === topicId && !item.arrived;
    return this.#items.filter(isHere);
  }

  /** Hide the item in flight once its message has come through the event stream. */
  confirm(message) {
    const item = this.#items.find(
      ({ status, chatId, userId }) =>
        status === "sending" && chatId === message.chat.id && userId === (message.from?.id ?? userId),
    );
    if (item) item.arrived = true;
  }

  async #sendWaiting(chatId) {
    if (this.#sendingChats.has(chatId)) return;
    this.#sendingChats.add(chatId);
    for (
      let item;
      (item = this.#items.find((each) => each.chatId === chatId && each.status === "waiting"));
    ) {
      await this.#send(item);
    }
    this.#sendingChats.delete(chatId);
  }

  async #send(item) {
    item.status = "sending";
    try {
      const messages = await deliver(item);
      this.#items = this.#items.filter((other) => other !== item);
      revokePreviews(item.files);
      this.store.putAll(messages);
    } catch (error) {
      if (!(error instanceof OfflineError || error instanceof RejectedError)) throw error;
      Object.assign(item, { status: "failed", error: error.message, arrived: false });
      this.changed();
    }
  }
}

async function deliver(item) {
  const { chatId, text, files } = item;
  if (files.length === 0) return [(await sendText(chatId, item)).message];
  const media = { ...item, caption: text || null, files: files.map(({ file }) => file) };
  return (await sendMedia(chatId, media)).messages;
}

export function revokePreviews(files) {
  for (const { preview } of files) if (preview) URL.revokeObjectURL(preview);
}
