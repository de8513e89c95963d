// The people one can be, the list of chats of the one chosen, and the head of the open chat.

import { avatar, byId, clock, count, dayName, el, nameOf } from "./dom.js";
import { summary } from "./text.js";
import { actionWords } from "./timeline.js";

/** Draw the user switcher: everyone, who is chosen, and for whom something is waiting. */
export function drawPeople(store, userId, choose) {
  const people = store.users.map((user) => ({
    user,
    chosen: user.id === userId,
    waiting: user.id === userId ? 0 : store.unreadOf(user.id),
  }));
  replaceItems(byId("people"), people, (person) => personButton(person, choose));
}

function personButton({ user, chosen, waiting }, choose) {
  const role = user.role === "admin" ? "admin" : null;
  const label = [user.first_name, role, waiting ? count(waiting, "unread message", "unread messages") : null];
  return el(
    "button",
    {
      type: "button",
      class: "person",
      "data-testid": `user-${user.id}`,
      "aria-pressed": String(chosen),
      "aria-label": label.filter(Boolean).join(", "),
      onclick: () => choose(user.id),
    },
    avatar(user, "small"),
    el("span", { class: "person-name" }, user.first_name, role ? el("small", {}, role) : null),
    waiting ? el("span", { class: "dot" }) : null,
  );
}

/** Show which language the app of the user chosen is set to. */
export function drawLanguage({ language_code: tag }) {
  byId("language").value = tag;
  byId("language-code").textContent = tag.slice(0, 2);
}

/** Draw the chats of one user with their last line; `chatId` is the one that is open, if any. */
export function drawChats(store, { userId, chatId }, open) {
  const chats = store.chatsOf(userId).map((chat) => {
    const newest = store.history(chat.id).at(-1);
    const action = store.actionIn(chat.id);
    return {
      id: chat.id,
      peer: store.peerOf(chat),
      isOpen: chat.id === chatId,
      when: newest ? whenOf(newest.date) : "",
      active: Boolean(action),
      line: action ? `${actionWords(action)}…` : lastLine(chat, newest, userId),
      unread: store.unread(userId, chat.id),
    };
  });
  replaceItems(byId("chats"), chats, (chat) => el("li", {}, chatButton(chat, open)));
}

function chatButton({ id, peer, isOpen, when, active, line, unread }, open) {
  return el(
    "button",
    {
      type: "button",
      class: "chat-item",
      "data-testid": `chat-${id}`,
      "aria-current": isOpen ? "true" : null,
      onclick: () => open(id),
    },
    avatar(peer),
    el("span", { class: "chat-item-name" }, nameOf(peer)),
    el("span", { class: "chat-item-time" }, when),
    el("span", { class: `chat-item-line${active ? " active" : ""}`, dir: "auto" }, line),
    unread
      ? el("span", { class: "badge" }, String(unread), el("span", { class: "visually-hidden" }, " unread"))
      : null,
  );
}

function lastLine(chat, message, userId) {
  if (!message) return "No messages yet";
  const own = message.from?.id === userId;
  const who = own ? "You" : chat.type === "private" ? null : message.from?.first_name;
  return [who, summary(message)].filter(Boolean).join(": ");
}

const whenOf = (seconds) => (dayName(seconds) === "Today" ? clock(seconds) : dayName(seconds));

/** Draw the head of the open chat. */
export function drawHead(store, chat) {
  const peer = store.peerOf(chat);
  const action = store.actionIn(chat.id);
  const members = chat.members
    .map((id) => (id === store.bot.id ? store.bot : store.user(id)))
    .filter(Boolean);
  const about = chat.type === "private" ? "bot" : members.map(nameOf).join(", ");
  byId("chat-title").textContent = nameOf(peer);
  byId("chat-subtitle").textContent = action ? `${actionWords(action)}…` : about;
  byId("chat-subtitle").classList.toggle("active", Boolean(action));
  replaceItems(byId("chat-avatar"), [peer], (shown) => avatar(shown));
}

const drawn = new WeakMap(); // list -> what its items were made of

/** Draw a list anew if it says something else than before; whichever item had the focus keeps it. */
function replaceItems(list, items, build) {
  const facts = JSON.stringify(items);
  if (drawn.get(list) === facts) return;
  drawn.set(list, facts);
  const focused = list.contains(document.activeElement) ? document.activeElement.dataset.testid : null;
  list.replaceChildren(...items.map(build));
  if (focused) list.querySelector(`[data-testid="${focused}"]`)?.focus();
}
