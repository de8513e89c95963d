// What the page knows about the sandbox: users, chats, messages, unread counts, chat actions.

/** Telegram clients show a chat action for at most this long. */
const ACTION_MS = 5000;

export class Store {
  bot = null;
  /** Whether the bot is there: "never" (not yet), "connected" or "gone". */
  presence = null;
  users = [];
  chats = [];
  /** Increases when the bot's command menus change. */
  menus = 0;
  #messages = new Map(); // chat id -> Map(message id -> Message)
  #seen = new Map(); // "user/chat" -> id of the newest message that user has seen
  #actions = new Map(); // chat id -> {action, topicId, timer}
  #listeners = [];

  onChange(listener) {
    this.#listeners.push(listener);
  }

  #changed() {
    for (const listener of this.#listeners) listener();
  }

  /** Replace everything, at the start of every connection. */
  replace(state, histories) {
    const first = this.bot === null;
    this.bot = state.bot;
    this.presence = state.presence;
    this.users = state.users;
    this.chats = state.chats;
    this.menus += 1;
    this.#messages = new Map(
      histories.map(({ chatId, messages }) => [
        chatId,
        new Map(messages.map((m) => [m.message_id, this.#knownIfEqual(m)])),
      ]),
    );
    for (const chat of this.chats) {
      const newest = this.history(chat.id).at(-1)?.message_id ?? 0;
      for (const userId of chat.members) {
        const key = `${userId}/${chat.id}`;
        // Messages from before the page was opened count as seen. After a restart of the sandbox
        // ids begin again, so the last seen id must not exceed the newest one.
        this.#seen.set(key, first ? newest : Math.min(this.#seen.get(key) ?? newest, newest));
      }
    }
    this.#changed();
  }

  /** The known object if it is equal, so that unchanged messages are not drawn again. */
  #knownIfEqual(message) {
    const known = this.message(message.chat.id, message.message_id);
    return JSON.stringify(known) === JSON.stringify(message) ? known : message;
  }

  /** Apply an event of the stream; it may repeat what is already known. */
  apply(event) {
    if (event.type === "message" || event.type === "edited") {
      if (event.message.from?.id === this.bot.id) this.#clearAction(event.chat_id);
      this.put(event.message, event.type === "edited");
    } else if (event.type === "deleted") {
      this.#messages.get(event.chat_id)?.delete(event.message_id);
    } else if (event.type === "action") {
      this.#setAction(event.chat_id, event.action, event.message_thread_id);
    } else if (event.type === "members") {
      this.chats = this.chats.map((chat) =>
        chat.id === event.chat_id ? { ...chat, members: event.members } : chat,
      );
    } else if (event.type === "bot") {
      this.presence = event.presence;
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

  /** Add the messages that the sandbox returned for something sent from this page. */
  putAll(messages) {
    messages.forEach((message) => this.put(message));
    this.#changed();
  }

  #setAction(chatId, action, topicId) {
    this.#clearAction(chatId);
    const timer = setTimeout(() => {
      this.#clearAction(chatId);
      this.#changed();
    }, ACTION_MS);
    this.#actions.set(chatId, { action, topicId: topicId ?? null, timer });
  }

  #clearAction(chatId) {
    clearTimeout(this.#actions.get(chatId)?.timer);
    this.#actions.delete(chatId);
  }

  /** What the bot is doing in a chat; if a topic is given (null: "General"), only there. */
  actionIn(chatId, topicId) {
    const found = this.#actions.get(chatId);
    return found && (topicId === undefined || topicId === found.topicId) ? found.action : null;
  }

  user(id) {
    return this.users.find((user) => user.id === id);
  }

  chat(id) {
    return this.chats.find((chat) => chat.id === id);
  }

  /** Whom to show for a chat: the bot for a private chat, otherwise the chat itself. */
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

  /** The messages of a topic of a forum (null: "General"); of other chats, all. */
  topicHistory(chat, topicId) {
    const messages = this.history(chat.id);
    if (chat.topics.length === 0) return messages;
    return messages.filter((m) => (m.is_topic_message ? m.message_thread_id : null) === topicId);
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
