// What the page knows of the sandbox: people, chats, messages, what is unread, who is typing.

/** Telegram clients show a chat action for at most this long. */
const ACTION_MS = 5000;

export class Store {
  bot = null;
  users = [];
  chats = [];
  /** Grows when the bot's command menus change. */
  menus = 0;
  #messages = new Map(); // chat id -> Map(message id -> Message)
  #seen = new Map(); // "user/chat" -> id of the newest message that user has seen
  #actions = new Map(); // chat id -> {action, timer}
  #listeners = [];

  onChange(listener) {
    this.#listeners.push(listener);
  }

  #changed() {
    for (const listener of this.#listeners) listener();
  }

  /** Take over a whole state, as loaded at the start of every connection. */
  replace(state, histories) {
    const first = this.bot === null;
    this.bot = state.bot;
    this.users = state.users;
    this.chats = state.chats;
    this.menus += 1;
    this.#messages = new Map(
      histories.map(({ chatId, messages }) => [
        chatId,
        new Map(messages.map((m) => [m.message_id, this.#sameOr(m)])),
      ]),
    );
    for (const chat of this.chats) {
      const newest = this.history(chat.id).at(-1)?.message_id ?? 0;
      for (const userId of chat.members) {
        const key = `${userId}/${chat.id}`;
        // What was there before this page is not news; after a fresh start of the sandbox the
        // numbers begin again, so a mark never lies beyond the newest message.
        this.#seen.set(key, first ? newest : Math.min(this.#seen.get(key) ?? newest, newest));
      }
    }
    this.#changed();
  }

  /** The object already known if it says the same: what did not change is not drawn again. */
  #sameOr(message) {
    const known = this.message(message.chat.id, message.message_id);
    return JSON.stringify(known) === JSON.stringify(message) ? known : message;
  }

  /** Take one event of the stream. Events may repeat what is known already. */
  apply(event) {
    if (event.type === "message" || event.type === "edited") {
      if (event.message.from?.is_bot) this.#clearAction(event.chat_id);
      this.put(event.message, event.type === "edited");
    } else if (event.type === "deleted") {
      this.#messages.get(event.chat_id)?.delete(event.message_id);
    } else if (event.type === "action") {
      this.#setAction(event.chat_id, event.action);
    } else if (event.type === "commands") {
      this.menus += 1;
    } else if (event.type === "person") {
      this.users = this.users.map((user) => (user.id === event.user.id ? { ...user, ...event.user } : user));
      this.menus += 1;
    }
    this.#changed();
  }

  put(message, isNewer = false) {
    const chat = this.#messages.get(message.chat.id);
    if (!chat || (chat.has(message.message_id) && !isNewer)) return false;
    chat.set(message.message_id, message);
    return true;
  }

  /** Messages the server handed back for something sent from this page. */
  putAll(messages) {
    messages.forEach((message) => this.put(message));
    this.#changed();
  }

  #setAction(chatId, action) {
    this.#clearAction(chatId);
    const timer = setTimeout(() => {
      this.#clearAction(chatId);
      this.#changed();
    }, ACTION_MS);
    this.#actions.set(chatId, { action, timer });
  }

  #clearAction(chatId) {
    clearTimeout(this.#actions.get(chatId)?.timer);
    this.#actions.delete(chatId);
  }

  actionIn(chatId) {
    return this.#actions.get(chatId)?.action ?? null;
  }

  user(id) {
    return this.users.find((user) => user.id === id);
  }

  chat(id) {
    return this.chats.find((chat) => chat.id === id);
  }

  /** A private chat is shown as the person on its other side: the bot. */
  peerOf(chat) {
    return chat.type === "private" ? this.bot : chat;
  }

  chatsOf(userId) {
    return this.chats.filter((chat) => chat.members.includes(userId));
  }

  history(chatId) {
    const messages = [...(this.#messages.get(chatId)?.values() ?? [])];
    return messages.sort((a, b) => a.message_id - b.message_id);
  }

  message(chatId, messageId) {
    return this.#messages.get(chatId)?.get(messageId);
  }

  markSeen(userId, chatId) {
    const newest = this.history(chatId).at(-1)?.message_id ?? 0;
    this.#seen.set(`${userId}/${chatId}`, newest);
  }

  unread(userId, chatId) {
    const seen = this.#seen.get(`${userId}/${chatId}`) ?? 0;
    return this.history(chatId).filter((m) => m.message_id > seen && m.from?.id !== userId).length;
  }

  unreadOf(userId) {
    return this.chatsOf(userId).reduce((sum, chat) => sum + this.unread(userId, chat.id), 0);
  }
}
