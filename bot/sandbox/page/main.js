// The chat page: connects its parts, and knows which user is looking at which chat.

import {
  LiveConnection,
  OfflineError,
  fetchMessages,
  fetchState,
  setBotMembership,
  setLanguage,
} from "./api.js";
import { chooseFiles, connectAttachments } from "./attach.js";
import { Commands } from "./commands.js";
import { Composer } from "./composer.js";
import { byId, el, icon, isTouch, nameOf } from "./dom.js";
import { InlineKeyboards, toast } from "./keyboard.js";
import { Lightbox } from "./lightbox.js";
import { MessageRows } from "./message.js";
import { Outbox } from "./outbox.js";
import {
  drawBanners,
  drawChatHeader,
  drawChats,
  drawLanguage,
  drawMembership,
  drawTopics,
  drawUsers,
} from "./side.js";
import { Store } from "./store.js";
import { Timeline } from "./timeline.js";
import { Tray } from "./tray.js";

/** Kinds of messages that have no caption, and that apps send without asking. */
const SENT_AT_ONCE = new Set(["sticker", "video_note"]);

const store = new Store();
const keyboards = new InlineKeyboards();
const lightbox = new Lightbox();
const commands = new Commands({ send: (line) => composer.sendLine(addressed(line)) });
const tray = new Tray({ changed: () => composer.refresh(), note: (sentence) => composer.note(sentence) });
const outbox = new Outbox({ store, changed: () => scheduleDraw() });
const composer = new Composer({ tray, outbox, commands });
const rows = new MessageRows({
  keyboards,
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

/**
 * What is shown: "#1000/-1001000000001" is Alex in a group, "#1000/-1001000000002/2" in a topic of
 * another one, "#1000" Alex's list of chats.
 */
let view = { userId: null, chatId: null, topicId: null };
let menuKey = null; // user, chat and version of the loaded command menu
let drawIsScheduled = false;
let online = true; // whether the sandbox can be reached

function readView() {
  const [user, chat, topic] = location.hash.slice(1).split("/").map(Number);
  const userId = store.user(user) ? user : store.users[0].id;
  const chats = store.chatsOf(userId);
  const requested = chats.find(({ id }) => id === chat);
  const isList = chat === undefined && store.user(user) !== undefined;
  // Only phones show the list alone; wide screens always have a chat beside it.
  const fallback = isList && isNarrow.matches ? null : privateChatOf(chats);
  const topicId = requested?.topics.find(({ id }) => id === topic)?.id ?? null;
  return { userId, chatId: (requested ?? fallback)?.id ?? null, topicId };
}

const isNarrow = matchMedia("(max-width: 719px)");

const privateChatOf = (chats) => chats.find(({ type }) => type === "private") ?? chats[0];

function navigate(...ids) {
  location.hash = ids.filter((id) => id !== null).join("/");
}

/** Switch to another user: in the same group, or in their own chat with the bot. */
function switchUser(userId) {
  const chats = store.chatsOf(userId);
  const same = chats.find(({ id }) => id === view.chatId);
  const topicId = same ? view.topicId : null;
  navigate(userId, view.chatId === null ? null : (same ?? privateChatOf(chats)).id, topicId);
}

function showView() {
  if (!store.bot) return;
  const next = readView();
  const moved = ["userId", "chatId", "topicId"].some((name) => next[name] !== view[name]);
  view = next;
  if (moved && view.chatId !== null) {
    const chat = store.chat(view.chatId);
    const askWith = chat.type === "supergroup" ? addressed("/mood") : null;
    composer.enter({ ...view }, { identities: chat.identities[view.userId] ?? [], askWith });
  }
  draw();
}

/** A command with the bot's name behind it in groups, where it would not reach the bot without. */
const addressed = (line) =>
  store.chat(view.chatId)?.type === "supergroup" ? `${line}@${store.bot.username}` : line;

function scheduleDraw() {
  if (drawIsScheduled) return;
  drawIsScheduled = true;
  queueMicrotask(() => {
    drawIsScheduled = false;
    draw();
  });
}

function draw() {
  drawBanners(store, online);
  if (view.userId === null) return;
  const { userId, chatId } = view;
  const chat = store.chat(chatId);
  byId("app").dataset.view = chat ? "chat" : "list";
  if (chat) {
    if (!document.hidden) store.markSeen(userId, chatId);
    drawChat(store.user(userId), chat);
  }
  drawUsers(store, userId, switchUser);
  drawLanguage(store.user(userId));
  drawChats(store, view, (id) => navigate(userId, id));
  const unread = store.unreadOf(userId);
  document.title = `${unread ? `(${unread}) ` : ""}${chat ? nameOf(store.peerOf(chat)) : "Chats"} · sandbox`;
}

function drawChat(user, chat) {
  drawChatHeader(store, chat);
  drawTopics(chat, view.topicId, (topicId) => navigate(user.id, chat.id, topicId));
  drawMembership(store, chat, user.id);
  timeline.draw({
    user,
    chat,
    bot: store.bot,
    topicId: view.topicId,
    messages: store.topicHistory(chat, view.topicId),
    outgoing: outbox.shown(view),
    action: store.actionIn(chat.id, view.topicId),
  });
  const key = `${user.id}/${chat.id}/${store.menus}`;
  if (key === menuKey) return;
  menuKey = key;
  commands.load(user.id, chat.id).catch((error) => {
    if (!(error instanceof OfflineError)) throw error;
    menuKey = null; // load again with the next connection
  });
}

function emptyState(chat) {
  const isPrivate = chat.type === "private";
  const hints = {
    private: "The bot finds the faces in it and says how happy or sad each one looks.",
    supergroup:
      `In a group, the bot sees only what is meant for it. Reply ${addressed("/mood")} to a photo, ` +
      "or send a photo as a reply to the bot.",
    channel: "The bot is not in this channel. Its posts are forwarded to its discussion group.",
  };
  return el(
    "div",
    { class: "empty" },
    el("span", { class: "empty-picture", "aria-hidden": "true" }, icon("photo")),
    el("h2", {}, isTouch() ? "Send a photo" : "Drop a photo here"),
    el("p", {}, isTouch() ? "Choose one, or take one now." : "Or paste one, or choose one."),
    el("p", {}, hints[chat.type]),
    el(
      "div",
      { class: "empty-buttons" },
      el(
        "button",
        { type: "button", class: "primary", onclick: () => chooseFiles("photo") },
        "Choose photos",
      ),
      isPrivate
        ? el("button", { type: "button", onclick: () => composer.sendLine("/start") }, "Send /start")
        : el(
            "button",
            { type: "button", onclick: () => composer.sendLine(addressed("/help")) },
            `Send ${addressed("/help")}`,
          ),
    ),
  );
}

async function loadAll() {
  const state = await fetchState();
  const histories = await Promise.all(
    state.chats.map(async ({ id }) => ({ chatId: id, messages: (await fetchMessages(id)).messages })),
  );
  store.replace(state, histories);
  showView();
  return state.last_event;
}

function onEvent(event) {
  if (event.type === "callback_answer") keyboards.answered(event);
  if (event.type === "message") outbox.confirm(event.message);
  if (event.presence === "connected" && store.presence === "gone") toast("The bot is back.");
  store.apply(event);
}

const connection = new LiveConnection({
  loadAll,
  onEvent,
  onStatus: (reached) => {
    online = reached;
    draw();
  },
});

store.onChange(scheduleDraw);
connectAttachments({
  addFiles: (files, kind) => {
    if (view.chatId === null) return;
    if (SENT_AT_ONCE.has(kind)) composer.sendFiles(files, kind);
    else tray.add(files, kind);
    composer.focus();
  },
  note: (sentence) => composer.note(sentence),
});
window.addEventListener("hashchange", showView);
window.addEventListener("online", () => connection.connect());
isNarrow.addEventListener("change", showView);
document.addEventListener("visibilitychange", scheduleDraw);
byId("language").addEventListener("change", async (event) => {
  try {
    await setLanguage(view.userId, event.target.value);
  } catch (error) {
    if (!(error instanceof OfflineError)) throw error;
    draw(); // shows the language that is still set
  }
});
byId("membership").addEventListener("click", async () => {
  const { userId, chatId } = view;
  try {
    await setBotMembership(chatId, userId, !store.chat(chatId).members.includes(store.bot.id));
  } catch (error) {
    toast(error.message);
  }
});
byId("back").addEventListener("click", () => navigate(view.userId, null));
byId("reconnect").addEventListener("click", () => connection.connect());
byId("skip").addEventListener("click", () => composer.focus());
connection.connect();
