// Inline keyboards: buttons under a message, their pressing, and the bot's answer to it.

import { Offline, fetchAnswer, pressButton } from "./api.js";
import { byId, el, icon } from "./dom.js";

/** After this long a client stops waiting for the bot to answer a press. */
const PATIENCE_MS = 15000;
const TOAST_MS = 3500;
const TOAST_MS_PER_CHARACTER = 45;

let toastTimer = 0;

/** A short line over the chat that goes away by itself. */
export function toast(text) {
  const node = byId("toast");
  node.textContent = text;
  node.hidden = false;
  clearTimeout(toastTimer);
  toastTimer = setTimeout(() => (node.hidden = true), TOAST_MS + text.length * TOAST_MS_PER_CHARACTER);
}

/** A sentence that must be put away by hand. */
function alertBox(text) {
  byId("alert-text").textContent = text;
  if (!byId("alert").open) byId("alert").showModal();
}

export class Presses {
  #busy = new Set(); // keys of the buttons being pressed
  #waiting = new Map(); // query id -> what to call with its answer
  #early = new Map(); // answers that came before the press was acknowledged

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
        "aria-busy": String(this.#busy.has(key)),
        onclick: () => this.#press(message, data, userId),
      },
      label,
    );
  }

  async #press(message, data, userId) {
    const key = keyOf(message, data, userId);
    if (this.#busy.has(key)) return;
    this.#mark(key, true);
    try {
      const { callback_query_id: id } = await pressButton(message.chat.id, userId, message.message_id, data);
      const answer = this.#early.get(id) ?? (await this.#answerOf(id));
      show(answer);
    } catch (error) {
      toast(
        error instanceof Offline
          ? "The sandbox cannot be reached. Please press again in a moment."
          : error.message,
      );
    } finally {
      this.#mark(key, false);
    }
  }

  /** Wait for the event with the answer; ask for it at the end in case the event was lost. */
  #answerOf(id) {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => fetchAnswer(id).then(resolve, reject), PATIENCE_MS);
      this.#waiting.set(id, (answer) => {
        clearTimeout(timer);
        resolve(answer);
      });
    }).finally(() => this.#waiting.delete(id));
  }

  /** Take a "callback_answer" event. */
  answered(event) {
    const answer = { ...event, answered: true };
    const waiting = this.#waiting.get(event.callback_query_id);
    if (waiting) waiting(answer);
    else if (this.#busy.size > 0) this.#early.set(event.callback_query_id, answer);
  }

  #mark(key, isBusy) {
    if (isBusy) this.#busy.add(key);
    else this.#busy.delete(key);
    if (this.#busy.size === 0) this.#early.clear();
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
