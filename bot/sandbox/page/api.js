// Requests to the sandbox's control side, and its event stream.

/** The sandbox could not be reached. */
export class OfflineError extends Error {}

/** The sandbox rejected the request; the message is its own sentence. */
export class RejectedError extends Error {}

async function request(path, options = {}) {
  let response;
  let body;
  try {
    response = await fetch(path, options);
    body = await response.json();
  } catch (cause) {
    if (response && !response.ok) throw rejectedWithStatus(response);
    throw new OfflineError("The sandbox cannot be reached.", { cause });
  }
  if (!response.ok) throw body.error ? new RejectedError(body.error) : rejectedWithStatus(response);
  return body;
}

const rejectedWithStatus = ({ status }) => new RejectedError(`The sandbox answered with error ${status}.`);

const post = (path, body) =>
  request(path, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });

export const fetchState = () => request("sandbox/state");

export const fetchMessages = (chatId) => request(`sandbox/chats/${chatId}/messages`);

export const fetchCommands = (userId, chatId) =>
  request(`sandbox/users/${userId}/commands?chat_id=${chatId}`);

export const fetchCallbackAnswer = (queryId) => request(`sandbox/callbacks/${queryId}`);

export const setLanguage = (userId, tag) =>
  post(`sandbox/users/${userId}/language`, { language_code: tag });

export const sendText = (chatId, { userId, text, replyTo, asChatId, topicId }) =>
  post(`sandbox/chats/${chatId}/text`, {
    user_id: userId,
    text,
    reply_to_message_id: replyTo,
    as_chat_id: asChatId,
    message_thread_id: topicId,
  });

export const setBotMembership = (chatId, userId, isMember) =>
  post(`sandbox/chats/${chatId}/bot`, { user_id: userId, is_member: isMember });

export const pressButton = (chatId, userId, messageId, data) =>
  post(`sandbox/chats/${chatId}/press`, { user_id: userId, message_id: messageId, data });

/** Send 1 to 10 files; `kind` is "photo" (converted), "document", "sticker" or "video_note". */
export function sendMedia(chatId, message) {
  const { userId, kind, caption, replyTo, asChatId, topicId, hasSpoiler, files } = message;
  const form = new FormData();
  form.append("user_id", userId);
  form.append("kind", kind);
  if (caption) form.append("caption", caption);
  if (replyTo) form.append("reply_to_message_id", replyTo);
  if (asChatId) form.append("as_chat_id", asChatId);
  if (topicId) form.append("message_thread_id", topicId);
  if (hasSpoiler) form.append("has_spoiler", "true");
  for (const file of files) form.append("files", file, file.name);
  return request(`sandbox/chats/${chatId}/media`, { method: "POST", body: form });
}

export const fileUrl = (fileId) => `sandbox/files/${encodeURIComponent(fileId)}`;

const RETRY_DELAYS_MS = [500, 1000, 2000, 4000];

/**
 * Keeps the page up to date while it is open.
 *
 * Every connection starts with `loadAll`, which loads everything again and returns the number of
 * the last event included. So it does not matter how long the connection was down, or whether the
 * sandbox was restarted in the meantime.
 */
export class LiveConnection {
  #source = null;
  #failures = 0;
  #timer = 0;
  #attempt = 0;

  constructor({ loadAll, onEvent, onStatus }) {
    Object.assign(this, { loadAll, onEvent, onStatus });
  }

  async connect() {
    clearTimeout(this.#timer);
    this.#source?.close();
    const attempt = ++this.#attempt;
    try {
      const after = await this.loadAll();
      if (attempt === this.#attempt) this.#listen(after);
    } catch (error) {
      if (!(error instanceof OfflineError || error instanceof RejectedError)) throw error;
      if (attempt === this.#attempt) this.#scheduleRetry();
    }
  }

  #listen(after) {
    this.#source = new EventSource(`sandbox/events?after=${after}`);
    this.#source.onopen = () => {
      this.#failures = 0;
      this.onStatus(true);
    };
    this.#source.onmessage = (event) => this.onEvent(JSON.parse(event.data));
    this.#source.onerror = () => this.#scheduleRetry();
  }

  #scheduleRetry() {
    this.#source?.close();
    clearTimeout(this.#timer);
    this.onStatus(false);
    const pause = RETRY_DELAYS_MS[Math.min(this.#failures++, RETRY_DELAYS_MS.length - 1)];
    this.#timer = setTimeout(() => this.connect(), pause);
  }
}
