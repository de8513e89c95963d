// The user switcher, the chosen user's list of chats, and the header of the open chat.

import { avatar, byId, clock, count, dayName, el, nameOf, senderOf } from "./dom.js";
import { serviceText, summary } from "./text.js";
import { describeAction } from "./timeline.js";

const NO_BOT = {
  never: "The bot has not started yet. What you send waits for it.",
  gone: "The bot cannot be reached right now. What you send waits for it.",
};

/** Say above the chat what is missing: the sandbox, or else the bot. */
export function drawBanners(store, online) {
  byId("offline").hidden = online;
  byId("no-bot").hidden = !online || !NO_BOT[store.presence];
  byId("no-bot").textContent = NO_BOT[store.presence] ?? "";
}

/** Draw the user switcher: all users, the chosen one, and who has unread messages. */
export function drawUsers(store, userId, choose) {
  const users = store.users.map((user) => ({
    user,
    chosen: user.id === userId,
    unread: user.id === userId ? 0 : store.unreadOf(user.id),
  }));
  replaceItems(byId("users"), users, (user) => userButton(user, choose));
}

function userButton({ user, chosen, unread }, choose) {
  const role = user.role === "admin" ? el("small", {}, "admin") : null;
  const news = count(unread, "unread message", "unread messages");
  return el(
    "button",
    {
      type: "button",
      class: "user",
      "data-testid": `user-${user.id}`,
      "aria-pressed": String(chosen),
      onclick: () => choose(user.id),
    },
    el("span", { class: "user-face" }, avatar(user, "small"), unread ? el("span", { class: "dot" }) : null),
    el("span", { class: "user-name" }, user.first_name, role),
    unread ? el("span", { class: "visually-hidden" }, news) : null,
  );
}

/** Show the language of the chosen user's app. */
export function drawLanguage({ language_code: tag }) {
  byId("language").value = tag;
  byId("language-code").textContent = tag.slice(0, 2);
}

/** Draw the chats of a user with their last message; `chatId` is the open one, if any. */
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
      line: action ? `${describeAction(action)}…` : lastLine(chat, newest, userId),
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
  const own = message.from?.id === userId && !serviceText(message);
  const who = own ? "You" : chat.type === "private" || serviceText(message) ? null : nameOf(senderOf(message));
  return [who, summary(message)].filter(Boolean).join(": ");
}

const whenOf = (seconds) => (dayName(seconds) === "Today" ? clock(seconds) : dayName(seconds));

/** Draw the header of the open chat. */
export function drawChatHeader(store, chat) {
  const peer = store.peerOf(chat);
  const action = store.actionIn(chat.id);
  const members = chat.members
    .map((id) => (id === store.bot.id ? store.bot : store.user(id)))
    .filter(Boolean);
  const about = chat.type === "private" ? "bot" : members.map(nameOf).join(", ");
  byId("chat-title").textContent = nameOf(peer);
  byId("chat-subtitle").textContent = action ? `${describeAction(action)}…` : about;
  byId("chat-subtitle").classList.toggle("active", Boolean(action));
  replaceItems(byId("chat-avatar"), [peer], (shown) => avatar(shown));
}

/** Draw the topics of a forum; `topicId` is the open one, null for "General". */
export function drawTopics(chat, topicId, open) {
  const topics = chat.topics.length ? [{ id: null, name: "General" }, ...chat.topics] : [];
  byId("topics").hidden = topics.length === 0;
  replaceItems(
    byId("topics"),
    topics.map((topic) => ({ ...topic, isOpen: topic.id === topicId })),
    ({ id, name, isOpen }) =>
      el(
        "button",
        {
          type: "button",
          "data-testid": `topic-${id ?? "general"}`,
          "aria-pressed": String(isOpen),
          onclick: () => open(id),
        },
        name,
      ),
  );
}

/** Offer the owner of a group to add the bot, or to remove it. */
export function drawMembership(store, chat, userId) {
  const button = byId("membership");
  button.hidden = !chat.identities[userId];
  button.textContent = chat.members.includes(store.bot.id) ? "Remove the bot" : "Add the bot";
}

const drawn = new WeakMap(); // list -> JSON of the items that it shows

/** Redraw a list if its items have changed; the focused item keeps the focus. */
function replaceItems(list, items, build) {
  const facts = JSON.stringify(items);
  if (drawn.get(list) === facts) return;
  drawn.set(list, facts);
  const focused = list.contains(document.activeElement) ? document.activeElement.dataset.testid : null;
  list.replaceChildren(...items.map(build));
  if (focused) list.querySelector(`[data-testid="${focused}"]`)?.focus();
}
