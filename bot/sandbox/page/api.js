// The wire: requests to the sandbox's control side, and its stream of events.

/** The sandbox could not be reached; nothing was decided about what was asked. */
export class Offline extends Error {}

/** The sandbox answered, and said no: the message is its own sentence. */
export class Refused extends Error {}

async function request(path, options = {}) {
  let response;
  let body;
  try {
    response = await fetch(path, options);
    body = await response.json();
  } catch (cause) {
    if (response && !response.ok) throw new Refused(`The sandbox answered with error ${response.status}.`);
    throw new Offline("The sandbox cannot be reached.", { cause });
  }
  if (!response.ok) throw new Refused(body.error ?? `The sandbox answered with error ${response.status}.`);
  return body;
}

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

export const fetchAnswer = (queryId) => request(`sandbox/callbacks/${queryId}`);

export const setLanguage = (userId, tag) =>
  post(`sandbox/users/${userId}/language`, { language_code: tag });

export const sendText = (chatId, userId, text, replyTo) =>
  post(`sandbox/chats/${chatId}/text`, { user_id: userId, text, reply_to_message_id: replyTo });

export const pressButton = (chatId, userId, messageId, data) =>
  post(`sandbox/chats/${chatId}/press`, { user_id: userId, message_id: messageId, data });

/** Send 1 to 10 files; `kind` is "photo" (recompressed) or "document" (unchanged). */
export function sendMedia(chatId, { userId, kind, caption, replyTo, files }) {
  const form = new FormData();
  form.append("user_id", userId);
  form.append("kind", kind);
  if (caption) form.append("caption", caption);
  if (replyTo) form.append("reply_to_message_id", replyTo);
  for (const file of files) form.append("files", file, file.name);
  return request(`sandbox/chats/${chatId}/media`, { method: "POST", body: form });
}

export const fileUrl = (fileId) => `sandbox/files/${encodeURIComponent(fileId)}`;

const PAUSES = [500, 1000, 2000, 4000];

/**
 * Keeps the page in step with the sandbox for as long as it is open.
 *
 * Every connection starts with `catchUp`, which loads everything anew and answers with the number
 * of the last event it contains. So it does not matter how long the connection was gone, nor
 * whether the sandbox was started afresh in between.
 */
export class Live {
  #source = null;
  #failures = 0;
  #timer = 0;
  #attempt = 0;

  constructor({ catchUp, onEvent, onStatus }) {
    Object.assign(this, { catchUp, onEvent, onStatus });
  }

  async connect() {
    clearTimeout(this.#timer);
    this.#source?.close();
    const attempt = ++this.#attempt;
    try {
      const after = await this.catchUp();
      if (attempt === this.#attempt) this.#listen(after);
    } catch (error) {
      if (!(error instanceof Offline || error instanceof Refused)) throw error;
      if (attempt === this.#attempt) this.#tryLater();
    }
  }

  #listen(after) {
    this.#source = new EventSource(`sandbox/events?after=${after}`);
    this.#source.onopen = () => {
      this.#failures = 0;
      this.onStatus(true);
    };
    this.#source.onmessage = (event) => this.onEvent(JSON.parse(event.data));
    this.#source.onerror = () => this.#tryLater();
  }

  #tryLater() {
    this.#source?.close();
    clearTimeout(this.#timer);
    this.onStatus(false);
    const pause = PAUSES[Math.min(this.#failures++, PAUSES.length - 1)];
    this.#timer = setTimeout(() => this.connect(), pause);
  }
}
