// Inline keyboards: the buttons under a message, presses, and the bot's answers to them.

import { OfflineError, fetchCallbackAnswer, pressButton } from "./api.js";
import { byId, el, icon } from "./dom.js";

/** How long a client waits for the bot to answer a press. */
const ANSWER_TIMEOUT_MS = 15000;
const TOAST_MS = 3500;
const TOAST_MS_PER_CHARACTER = 45;

let toastTimer = 0;

/** Show a short line over the chat that disappears by itself. */
export function toast(text) {
  const node = byId("toast");
  node.textContent = text;
  node.hidden = false;
  clearTimeout(toastTimer);
  toastTimer = setTimeout(() => (node.hidden = true), TOAST_MS + text.length * TOAST_MS_PER_CHARACTER);
}

/** Show a sentence that the user must dismiss. */
function alertBox(text) {
  byId("alert-text").textContent = text;
  if (!byId("alert").open) byId("alert").showModal();
}

export class InlineKeyboards {
  #pressed = new Set(); // keys of the buttons being pressed
  #waiting = new Map(); // query id -> function to call with the answer
  #earlyAnswers = new Map(); // answers that arrived before the response to the press

  /** The keyboard of a message for one user, or null. */
  render(message, userId) {
    const rows = message.reply_markup?.inline_keyboard ?? [];
    if (rows.length === 0) return null;
    return el(
      "div",
      { class: "keyboard", role: "group", "aria-label": "Buttons of this message" },
      rows.map((row) =>
        el(
          "div",
          { class: row.length > 4 ? "keyboard-row crowded" : "keyboard-row" },
          row.map((button) => this.#button(button, message, userId)),
        ),
      ),
    );
  }

  #button(button, message, userId) {
    const label = el("span", { class: "label", dir: "auto" }, button.text);
    if (button.url) return urlButton(button, label);
    const data = button.callback_data;
    const key = keyOf(message, data, userId);
    return el(
      "button",
      {
        type: "button",
        class: "inline",
        title: button.text,
        "data-callback": data,
        "data-key": key,
        "aria-busy": String(this.#pressed.has(key)),
        onclick: () => this.#press(message, data, userId),
      },
      label,
    );
  }

  async #press(message, data, userId) {
    const key = keyOf(message, data, userId);
    if (this.#pressed.has(key)) return;
    this.#setBusy(key, true);
    try {
      const { callback_query_id: id } = await pressButton(message.chat.id, userId, message.message_id, data);
      const answer = this.#earlyAnswers.get(id) ?? (await this.#waitForAnswer(id));
      show(answer);
    } catch (error) {
      toast(
        error instanceof OfflineError
          ? "The sandbox cannot be reached. Please press again in a moment."
          : error.message,
      );
    } finally {
      this.#setBusy(key, false);
    }
  }

  /** Wait for the event with the answer; after the timeout fetch it, in case the event was lost. */
  #waitForAnswer(id) {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => fetchCallbackAnswer(id).then(resolve, reject), ANSWER_TIMEOUT_MS);
      this.#waiting.set(id, (answer) => {
        clearTimeout(timer);
        resolve(answer);
      });
    }).finally(() => this.#waiting.delete(id));
  }

  /** Handle a "callback_answer" event. */
  answered(event) {
    const answer = { ...event, answered: true };
    const waiting = this.#waiting.get(event.callback_query_id);
    if (waiting) waiting(answer);
    else if (this.#pressed.size > 0) this.#earlyAnswers.set(event.callback_query_id, answer);
  }

  #setBusy(key, isBusy) {
    if (isBusy) this.#pressed.add(key);
    else this.#pressed.delete(key);
    if (this.#pressed.size === 0) this.#earlyAnswers.clear();
    for (const button of document.querySelectorAll("[data-callback]")) {
      if (button.dataset.key === key) button.setAttribute("aria-busy", String(isBusy));
    }
  }
}

const keyOf = (message, data, userId) => [userId, message.chat.id, message.message_id, data].join("/");

function show(answer) {
  if (!answer.answered) toast("The bot has not answered yet.");
  else if (answer.text && answer.show_alert) alertBox(answer.text);
  else if (answer.text) toast(answer.text);
}

function urlButton(button, label) {
  const isWeb = /^https?:\/\//i.test(button.url);
  return el(
    "a",
    {
      class: "inline",
      title: button.text,
      href: isWeb ? button.url : null,
      target: "_blank",
      rel: "noopener noreferrer",
    },
    label,
    icon("link"),
  );
}
