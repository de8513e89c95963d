// The scrolling list of messages: what changed is drawn anew, the rest stays in place.

import { announce, byId, count, dayName, el, icon, nameOf, smoothly } from "./dom.js";
import { summary } from "./text.js";

/** This near to the end (CSS pixels) counts as reading the newest message. */
const NEAR = 90;
/** Messages of one person within this many seconds form one block. */
const BLOCK_SECONDS = 600;

const ACTION_WORDS = {
  upload_photo: "is sending a photo",
  upload_document: "is sending a file",
  choose_sticker: "is choosing",
};

export const actionWords = (action) => ACTION_WORDS[action] ?? "is typing";

export class Timeline {
  #scroller = byId("timeline");
  #list = byId("rows");
  #newer = byId("newer");
  #rows = new Map(); // key -> {parts, flags, node}
  #view = null; // "user/chat" that is drawn
  #newest = 0;
  #missed = 0;
  #follow = true;

  constructor({ rows, emptyState }) {
    this.rows = rows;
    this.emptyState = emptyState;
    this.#scroller.addEventListener("scroll", () => this.#onScroll(), { passive: true });
    this.#newer.addEventListener("click", () => this.toEnd(smoothly()));
    const keepEnd = new ResizeObserver(() => this.#follow && this.toEnd());
    keepEnd.observe(this.#scroller);
    keepEnd.observe(this.#list);
  }

  /** Draw a chat as one user sees it. */
  draw({ user, chat, bot, messages, outgoing, action }) {
    const view = `${user.id}/${chat.id}`;
    const fresh = view !== this.#view;
    if (fresh) this.#start(view, messages);
    const plans = planRows(messages, { userId: user.id, inGroup: chat.type !== "private" });
    if (plans.length + outgoing.length === 0)
      plans.push({ key: `empty-${view}`, parts: [], build: () => this.emptyState(chat) });
    for (const item of outgoing)
      plans.push({
        key: `out-${item.key}`,
        parts: [item.status, item.error],
        build: () => this.rows.pending(item),
      });
    if (action) plans.push({ key: `action-${action}`, parts: [], build: () => typingRow(bot, action) });
    this.#reconcile(plans);
    this.#countNews(messages, user.id, outgoing.length > 0);
    if (fresh || this.#follow) this.toEnd();
  }

  #start(view, messages) {
    this.#view = view;
    this.#rows.clear();
    this.#list.replaceChildren();
    this.#newest = messages.at(-1)?.message_id ?? 0;
    this.#missed = 0;
    this.#follow = true;
    this.#showNewer();
  }

  #reconcile(plans) {
    const focus = document.activeElement?.closest?.("[data-callback]");
    const focused = focus && this.#list.contains(focus) ? focus.dataset.key : null;
    const keys = new Set(plans.map((plan) => plan.key));
    for (const [key, row] of this.#rows) {
      if (keys.has(key)) continue;
      row.node.remove();
      this.#rows.delete(key);
    }
    let at = this.#list.firstChild;
    for (const plan of plans) {
      const old = this.#rows.get(plan.key)?.node;
      const node = this.#nodeFor(plan);
      if (old && old !== node) {
        old.replaceWith(node);
        if (at === old) at = node;
      }
      if (node === at) at = at.nextSibling;
      else this.#list.insertBefore(node, at);
    }
    // An edit replaces the button that was just pressed: keep the keyboard's place.
    if (focused && !focus.isConnected)
      this.#list.querySelector(`[data-key="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
  }

  #nodeFor(plan) {
    const known = this.#rows.get(plan.key);
    if (known && sameParts(known.parts, plan.parts)) return known.node;
    const node = plan.build ? plan.build() : this.rows.message(plan.messages, plan.flags);
    this.#rows.set(plan.key, { parts: plan.parts, node });
    return node;
  }

  #countNews(messages, userId, sending) {
    const news = messages.filter((message) => message.message_id > this.#newest);
    this.#newest = messages.at(-1)?.message_id ?? 0;
    const others = news.filter((message) => message.from?.id !== userId);
    for (const message of others) announce(`${nameOf(message.from ?? message.chat)}: ${summary(message)}`);
    if (sending || others.length < news.length) this.#follow = true;
    if (!this.#follow) this.#missed += others.length;
    this.#showNewer();
  }

  toEnd(behavior = "instant") {
    this.#scroller.scrollTo({ top: this.#scroller.scrollHeight, behavior });
  }

  /** Scroll to a message and let it light up; false if it is no longer there. */
  jumpTo(messageId) {
    const node = this.#list.querySelector(`[data-message="${messageId}"]`);
    if (!node) return false;
    node.scrollIntoView({ block: "center", behavior: smoothly() });
    node.classList.remove("lit");
    requestAnimationFrame(() => node.classList.add("lit"));
    node.focus({ preventScroll: true });
    return true;
  }

  #onScroll() {
    const { scrollHeight, scrollTop, clientHeight } = this.#scroller;
    this.#follow = scrollHeight - scrollTop - clientHeight < NEAR;
    if (this.#follow) this.#missed = 0;
    this.#showNewer();
  }

  #showNewer() {
    this.#newer.hidden = this.#follow;
    const label = this.#missed ? count(this.#missed, "new message", "new messages") : "To the newest message";
    this.#newer.replaceChildren(
      icon("down"),
      this.#missed ? el("span", {}, label) : el("span", { class: "visually-hidden" }, label),
    );
  }
}

const sameParts = (a, b) => a.length === b.length && a.every((part, index) => part === b[index]);

/** Group a history into days, blocks and albums: what to draw, not yet drawn. */
function planRows(messages, { userId, inGroup }) {
  const plans = [];
  const groups = albumsOf(messages);
  groups.forEach((group, index) => {
    const [head] = group;
    const before = groups[index - 1]?.[0];
    const after = groups[index + 1]?.[0];
    const day = dayName(head.date);
    if (!before || dayName(before.date) !== day)
      plans.push({
        key: `day-${day}`,
        parts: [],
        build: () => el("p", { class: "day" }, el("span", {}, day)),
      });
    const flags = { userId, inGroup, first: !sameBlock(before, head), last: !sameBlock(head, after) };
    plans.push({
      key: `message-${head.message_id}`,
      messages: group,
      flags,
      parts: [...group, flags.first, flags.last],
    });
  });
  return plans;
}

function sameBlock(a, b) {
  return (
    a &&
    b &&
    a.from?.id === b.from?.id &&
    b.date - a.date < BLOCK_SECONDS &&
    dayName(a.date) === dayName(b.date)
  );
}

/** Messages of one album stand next to one another: put them into one list. */
function albumsOf(messages) {
  const groups = [];
  for (const message of messages) {
    const last = groups.at(-1);
    if (message.media_group_id && last?.[0].media_group_id === message.media_group_id) last.push(message);
    else groups.push([message]);
  }
  return groups;
}

function typingRow(bot, action) {
  const words = `${nameOf(bot)} ${actionWords(action)}…`;
  return el(
    "div",
    { class: "row other first last", "data-testid": "typing", "aria-label": words, role: "img" },
    el("div", { class: "bubble typing" }, el("i"), el("i"), el("i"), el("span", {}, words)),
  );
}
