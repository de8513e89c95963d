// The list of the bot's commands, opened by its button or by typing "/".

import { fetchCommands } from "./api.js";
import { byId, el } from "./dom.js";

/** A command that is being typed. */
const COMMAND_PREFIX = /^\/(\w*)$/;

export class Commands {
  #list = byId("commands");
  #button = byId("commands-button");
  #text = byId("text");
  #menu = [];
  #options = [];
  #active = -1;
  #requests = 0;

  constructor({ send }) {
    this.send = send;
    this.#button.addEventListener("click", () => this.#toggle());
    this.#list.addEventListener("keydown", (event) => this.handleKey(event));
    document.addEventListener("pointerdown", (event) => {
      if (!event.target.closest("#commands, #commands-button, #text")) this.close();
    });
  }

  get isOpen() {
    return !this.#list.hidden;
  }

  /** Load the menu that a user has in a chat; keep the old one if that fails. */
  async load(userId, chatId) {
    const request = ++this.#requests;
    const { commands } = await fetchCommands(userId, chatId);
    if (request !== this.#requests) return;
    this.#menu = commands;
    if (COMMAND_PREFIX.test(this.#text.value)) this.suggest(this.#text.value);
    else if (this.isOpen) this.#open(commands);
  }

  /** Offer the commands that begin with what is being typed. */
  suggest(text) {
    const typed = COMMAND_PREFIX.exec(text);
    const matching = typed
      ? this.#menu.filter(({ command }) => command.startsWith(typed[1].toLowerCase()))
      : [];
    if (matching.length === 0) this.close();
    else this.#open(matching);
  }

  /** Handle a key for the open list; return whether the list used it. */
  handleKey(event) {
    if (!this.isOpen) return false;
    const act = {
      ArrowDown: () => this.#move(1),
      ArrowUp: () => this.#move(-1),
      Escape: () => this.close(),
      Tab: () => this.#complete(),
      Enter: () => this.#pick(this.#options[this.#active]),
    }[event.key];
    // Enter without a selection sends what was typed, not the first command of the list.
    if (!act || (event.key === "Enter" && this.#active < 0) || event.shiftKey) return false;
    event.preventDefault();
    act();
    return true;
  }

  close() {
    if (document.activeElement === this.#list) this.#button.focus();
    this.#list.hidden = true;
    this.#button.setAttribute("aria-expanded", "false");
    for (const node of [this.#text, this.#list]) node.removeAttribute("aria-activedescendant");
    this.#active = -1;
  }

  #toggle() {
    if (this.isOpen) return this.close();
    this.#open(this.#menu);
    this.#list.focus({ preventScroll: true });
  }

  #open(options) {
    this.close();
    this.#options = options;
    this.#list.hidden = false;
    this.#button.setAttribute("aria-expanded", "true");
    this.#list.replaceChildren(...options.map((option, index) => this.#option(option, index)));
    this.#list.setAttribute("role", options.length ? "listbox" : "status");
    if (options.length === 0)
      this.#list.append(el("p", { class: "nothing" }, "This bot has no commands here"));
  }

  #option({ command, description }, index) {
    return el(
      "div",
      // The pointer must not take the focus away from the message box.
      {
        id: `command-${index}`,
        role: "option",
        "aria-selected": "false",
        "data-command": command,
        onpointerdown: (event) => event.preventDefault(),
        onclick: () => this.#pick({ command }),
      },
      el("b", {}, `/${command}`),
      el("span", { dir: "auto" }, description),
    );
  }

  #move(step) {
    const { length } = this.#options;
    if (length === 0) return;
    this.#active = this.#active < 0 && step < 0 ? length - 1 : (this.#active + step + length) % length;
    [...this.#list.children].forEach((node, index) =>
      node.setAttribute("aria-selected", String(index === this.#active)),
    );
    const chosen = this.#list.children[this.#active];
    chosen.scrollIntoView({ block: "nearest" });
    document.activeElement.setAttribute("aria-activedescendant", chosen.id);
  }

  #pick({ command }) {
    this.close();
    if (COMMAND_PREFIX.test(this.#text.value)) this.#text.value = "";
    this.send(`/${command}`);
  }

  /** Insert the command into the message box, ready for arguments. */
  #complete() {
    const { command } = this.#options[Math.max(this.#active, 0)] ?? {};
    this.close();
    if (!command) return;
    this.#text.value = `/${command} `;
    this.#text.focus();
    this.#text.dispatchEvent(new Event("input"));
  }
}
