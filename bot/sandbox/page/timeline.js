// The scrolling list of messages; only changed rows are redrawn.

import { announce, byId, count, dayName, el, icon, nameOf, scrollBehavior, senderOf } from "./dom.js";
import { serviceText, summary } from "./text.js";

/** Within this distance of the end (CSS pixels), the user is reading the newest message. */
const NEAR_END_PX = 90;
/** Messages of one sender within this many seconds form one block. */
const BLOCK_SECONDS = 600;

const ACTION_DESCRIPTIONS = {
  upload_photo: "is sending a photo",
  upload_document: "is sending a file",
  choose_sticker: "is choosing",
};

export const describeAction = (action) => ACTION_DESCRIPTIONS[action] ?? "is typing";

export class Timeline {
  #scroller = byId("timeline");
  #list = byId("rows");
  #newer = byId("newer");
  #rows = new Map(); // key -> {parts, flags, node}
  #view = null; // "user/chat" that is shown
  #newest = 0; // the newest message shown
  #newestSent = 0; // the newest of the items that were being sent
  #unreadBelow = 0;
  #follow = true;

  constructor({ rows, emptyState }) {
    this.rows = rows;
    this.emptyState = emptyState;
    this.#scroller.addEventListener("scroll", () => this.#onScroll(), { passive: true });
    this.#newer.addEventListener("click", () => this.toEnd(scrollBehavior()));
    const keepEnd = new ResizeObserver(() => this.#follow && this.toEnd());
    keepEnd.observe(this.#scroller);
    keepEnd.observe(this.#list);
  }

  /** Draw a chat as a user sees it. */
  draw({ user, chat, topicId, bot, messages, outgoing, action }) {
    const view = `${user.id}/${chat.id}/${topicId}`;
    const fresh = view !== this.#view;
    if (fresh) this.#start(view, messages);
    this.#followWhatIsSent(outgoing);
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
    this.#countNewMessages(messages, user.id);
    if (fresh || this.#follow) this.toEnd();
  }

  #start(view, messages) {
    this.#view = view;
    this.#rows.clear();
    this.#list.replaceChildren();
    this.#newest = messages.at(-1)?.message_id ?? 0;
    this.#unreadBelow = 0;
    this.#follow = true;
    this.#drawNewerButton();
  }

  /** Go to the end for each thing that the user sends, but only once: some take long, or fail. */
  #followWhatIsSent(outgoing) {
    const newest = outgoing.at(-1)?.key ?? 0;
    if (newest > this.#newestSent) this.#follow = true;
    this.#newestSent = Math.max(newest, this.#newestSent);
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
    // An edit replaces the button that was just pressed: keep the focus there.
    if (focused && !focus.isConnected)
      this.#list.querySelector(`[data-key="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
  }

  #nodeFor(plan) {
    const known = this.#rows.get(plan.key);
    if (known && equalParts(known.parts, plan.parts)) return known.node;
    const node = plan.build ? plan.build() : this.rows.message(plan.messages, plan.flags);
    this.#rows.set(plan.key, { parts: plan.parts, node });
    return node;
  }

  #countNewMessages(messages, userId) {
    const news = messages.filter((message) => message.message_id > this.#newest);
    this.#newest = messages.at(-1)?.message_id ?? 0;
    const others = news.filter((message) => message.from?.id !== userId);
    for (const message of others) announce(`${nameOf(senderOf(message))}: ${summary(message)}`);
    if (!this.#follow) this.#unreadBelow += others.length;
    this.#drawNewerButton();
  }

  toEnd(behavior = "instant") {
    this.#scroller.scrollTo({ top: this.#scroller.scrollHeight, behavior });
  }

  /** Scroll to a message and highlight it; return false if it is no longer there. */
  jumpTo(messageId) {
    const node = this.#list.querySelector(`[data-message="${messageId}"]`);
    if (!node) return false;
    node.scrollIntoView({ block: "center", behavior: scrollBehavior() });
    node.classList.remove("lit");
    requestAnimationFrame(() => node.classList.add("lit"));
    node.focus({ preventScroll: true });
    return true;
  }

  #onScroll() {
    const { scrollHeight, scrollTop, clientHeight } = this.#scroller;
    this.#follow = scrollHeight - scrollTop - clientHeight < NEAR_END_PX;
    if (this.#follow) this.#unreadBelow = 0;
    this.#drawNewerButton();
  }

  #drawNewerButton() {
    this.#newer.hidden = this.#follow;
    const label = this.#unreadBelow
      ? count(this.#unreadBelow, "new message", "new messages")
      : "To the newest message";
    this.#newer.replaceChildren(
      icon("down"),
      this.#unreadBelow ? el("span", {}, label) : el("span", { class: "visually-hidden" }, label),
    );
  }
}

const equalParts = (a, b) => a.length === b.length && a.every((part, index) => part === b[index]);

/** Group a history into days, blocks and albums; return a description of each row. */
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
    if (serviceText(head)) {
      const key = `message-${head.message_id}`;
      plans.push({ key, parts: group, build: () => serviceRow(head) });
      return;
    }
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

const serviceRow = (message) =>
  el("p", { class: "day service", "data-message": message.message_id }, el("span", {}, serviceText(message)));

function sameBlock(a, b) {
  return (
    a &&
    b &&
    senderOf(a).id === senderOf(b).id &&
    !serviceText(a) &&
    !serviceText(b) &&
    b.date - a.date < BLOCK_SECONDS &&
    dayName(a.date) === dayName(b.date)
  );
}

/** Group the messages of each album, which are consecutive. */
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
  const label = `${nameOf(bot)} ${describeAction(action)}…`;
  return el(
    "div",
    { class: "row other first last", "data-testid": "typing", "aria-label": label, role: "img" },
    el("div", { class: "bubble typing" }, el("i"), el("i"), el("i"), el("span", {}, label)),
  );
}
