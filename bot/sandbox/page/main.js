// The chat page: puts the parts together, and knows who is looking at which chat.

import { Live, Offline, fetchMessages, fetchState, setLanguage } from "./api.js";
import { chooseFiles, connectAttachments } from "./attach.js";
import { Commands } from "./commands.js";
import { Composer } from "./composer.js";
import { byId, el, icon, nameOf } from "./dom.js";
import { Presses, toast } from "./keyboard.js";
import { Lightbox } from "./lightbox.js";
import { MessageRows } from "./message.js";
import { Outbox } from "./outbox.js";
import { drawChats, drawHead, drawLanguage, drawPeople } from "./side.js";
import { Store } from "./store.js";
import { Timeline } from "./timeline.js";
import { Tray } from "./tray.js";

const store = new Store();
const presses = new Presses();
const lightbox = new Lightbox();
const commands = new Commands({ send: (line) => composer.sendLine(line) });
const tray = new Tray({ changed: () => composer.refresh(), note: (sentence) => composer.note(sentence) });
const outbox = new Outbox({ store, changed: () => drawSoon() });
const composer = new Composer({ tray, outbox, commands });
const rows = new MessageRows({
  presses,
  actions: {
    openPicture: (message) => lightbox.open(message, store.history(message.chat.id)),
    jumpTo: (message) => timeline.jumpTo(message.message_id) || toast("That message is no longer here."),
    sendCommand: (text) => composer.sendLine(text),
    reply: (message) => composer.reply(message),
    retry: (item) => outbox.retry(item),
    edit: (item) => composer.takeBack(item) && outbox.remove(item),
    discard: (item) => outbox.discard(item),
  },
});
const timeline = new Timeline({ rows, emptyState });

/** Where the page is: "#1000/-1001000000001" is Alex in the group, "#1000" Alex's list of chats. */
let place = { userId: null, chatId: null };
let menuKey = null; // whose command menu is loaded
let scheduled = false;

function readPlace() {
  const [user, chat] = location.hash.slice(1).split("/").map(Number);
  const userId = store.user(user) ? user : store.users[0].id;
  const mine = store.chatsOf(userId);
  const asked = mine.find(({ id }) => id === chat);
  const isList = chat === undefined && store.user(user) !== undefined;
  // The list alone is a place on a phone only: wide screens always have a chat beside it.
  const fallback = isList && isNarrow.matches ? null : privateChatOf(mine);
  return { userId, chatId: (asked ?? fallback)?.id ?? null };
}

const isNarrow = matchMedia("(max-width: 719px)");

const privateChatOf = (chats) => chats.find(({ type }) => type === "private") ?? chats[0];

function go(userId, chatId) {
  location.hash = chatId === null ? `${userId}` : `${userId}/${chatId}`;
}

/** Become someone else: in the same group, else in one's own chat with the bot. */
function become(userId) {
  const mine = store.chatsOf(userId);
  const same = mine.find(({ id }) => id === place.chatId);
  go(userId, place.chatId === null ? null : (same ?? privateChatOf(mine)).id);
}

function arrive() {
  if (!store.bot) return;
  const next = readPlace();
  const moved = next.userId !== place.userId || next.chatId !== place.chatId;
  place = next;
  if (moved && place.chatId !== null) composer.enter({ ...place });
  draw();
}

function drawSoon() {
  if (scheduled) return;
  scheduled = true;
  queueMicrotask(() => {
    scheduled = false;
    draw();
  });
}

function draw() {
  if (place.userId === null) return;
  const { userId, chatId } = place;
  const chat = store.chat(chatId);
  byId("app").dataset.view = chat ? "chat" : "list";
  if (chat) {
    if (!document.hidden) store.markSeen(userId, chatId);
    drawChat(store.user(userId), chat);
  }
  drawPeople(store, userId, become);
  drawLanguage(store.user(userId));
  drawChats(store, place, (id) => go(userId, id));
  const unread = store.unreadOf(userId);
  document.title = `${unread ? `(${unread}) ` : ""}${chat ? nameOf(store.peerOf(chat)) : "Chats"} · sandbox`;
}

function drawChat(user, chat) {
  drawHead(store, chat);
  timeline.draw({
    user,
    chat,
    bot: store.bot,
    messages: store.history(chat.id),
    outgoing: outbox.shown(user.id, chat.id),
    action: store.actionIn(chat.id),
  });
  const key = `${user.id}/${chat.id}/${store.menus}`;
  if (key === menuKey) return;
  menuKey = key;
  commands.load(user.id, chat.id).catch((error) => {
    if (!(error instanceof Offline)) throw error;
    menuKey = null; // the next connection asks again
  });
}

function emptyState(chat) {
  const privately = chat.type === "private";
  const mention = `@${store.bot.username}`;
  return el(
    "div",
    { class: "empty" },
    el("span", { class: "empty-picture", "aria-hidden": "true" }, icon("photo")),
    el("h2", {}, "Drop a photo here"),
    el("p", {}, "Or paste one, or choose one. The bot finds the faces in it and says how they feel."),
    privately
      ? null
      : el("p", {}, "In a group it sees only what is meant for it: mention it in the caption."),
    el(
      "div",
      { class: "empty-buttons" },
      el(
        "button",
        { type: "button", class: "primary", onclick: () => chooseFiles("photo") },
        "Choose photos",
      ),
      privately
        ? el("button", { type: "button", onclick: () => composer.sendLine("/start") }, "Send /start")
        : el("button", { type: "button", onclick: () => composer.insert(`${mention} `) }, "Mention the bot"),
    ),
  );
}

async function catchUp() {
  const state = await fetchState();
  const histories = await Promise.all(
    state.chats.map(async ({ id }) => ({ chatId: id, messages: (await fetchMessages(id)).messages })),
  );
  store.replace(state, histories);
  arrive();
  return state.last_event;
}

function onEvent(event) {
  if (event.type === "callback_answer") presses.answered(event);
  if (event.type === "message") outbox.echo(event.message);
  store.apply(event);
}

const live = new Live({
  catchUp,
  onEvent,
  onStatus: (online) => (byId("banner").hidden = online),
});

store.onChange(drawSoon);
connectAttachments({
  take: (files, kind) => {
    if (place.chatId === null) return;
    tray.add(files, kind);
    composer.focus();
  },
  note: (sentence) => composer.note(sentence),
});
window.addEventListener("hashchange", arrive);
window.addEventListener("online", () => live.connect());
isNarrow.addEventListener("change", arrive);
document.addEventListener("visibilitychange", drawSoon);
byId("language").addEventListener("change", async (event) => {
  try {
    await setLanguage(place.userId, event.target.value);
  } catch (error) {
    if (!(error instanceof Offline)) throw error;
    draw(); // what is shown is what is set
  }
});
byId("back").addEventListener("click", () => go(place.userId, null));
byId("reconnect").addEventListener("click", () => live.connect());
byId("skip").addEventListener("click", () => composer.focus());
live.connect();
