/** The workspace Make: what is queued on the left, what was made on the right. @module */

import { el, refill } from "./dom.js";
import { confirm } from "./dialog.js";
import { wireDrag } from "./make-drag.js";
import { queueCard } from "./make-card.js";
import { openMakeDialog } from "./make-dialog.js";
import { openMatrix } from "./make-matrix.js";
import { mountResults } from "./make-results.js";
import { many, madeOf, span } from "./make-words.js";
import { button, empty } from "./parts.js";
import { onKey } from "./keys.js";
import { complain, toast } from "./toast.js";

const MOST_WARNINGS = 5;
const QUEUED = new Set(["working", "waiting", "failed", "gone"]);

/**
 * Fill the room's region, once.
 * @param {HTMLElement} element its region.
 * @param {import("./link.js").Link} link what leads to the server.
 */
export function mount(element, link) {
  const page = queuePart(link);
  const results = el("section", { class: "make-results", "aria-label": "What was made" });
  element.classList.add("make");
  element.append(page.element, results);
  mountResults(results, link);
  const make = button("Make…", () => openMakeDialog(link), { kind: "primary", icon: "film", tip: "Make the film of this look and this source", key: "M" });
  make.id = "make-open";
  document.getElementById("top-actions").append(make);
  onKey("m", "Make a film of this look", () => openMakeDialog(link));
  link.on("queue", page.show);
  link.on("queue.now", page.now);
  link.on("files", page.files);
}

/** The left side: the queue. */
function queuePart(link) {
  const act = (name, body = {}) => link.act("queue", name, body).catch(complain);
  const head = el("h2", {}, "Queue");
  const sum = el("span", { class: "soft small truncate" });
  const go = button("Go on", () => act("go"), { kind: "small primary", icon: "play" });
  const pause = button("Pause", () => act("pause"), { kind: "small", icon: "pause", tip: "What is done is kept; the last second may be dreamed again" });
  const batch = button("Many looks…", () => openMatrix(link), { kind: "small", icon: "layers", tip: "Several looks of several sources, each a film of its own" });
  const problem = el("p", { class: "problem make-problem", role: "alert" });
  const list = el("ol", { class: "make-list", "aria-label": "Films that are queued" });
  const aside = el("section", { class: "make-aside" });
  const made = el("div", { class: "column make-made" });
  const foot = el("div", { class: "panel-foot row soft small" });
  const nothing = empty("film", "Nothing is queued", "Choose a source and a look, then press Make… at the top. Films are made here, one after the other, and go on when this page is closed.");
  const element = el(
    "section",
    { class: "panel make-queue", "aria-label": "Queue" },
    el("div", { class: "panel-head" }, head, sum, el("span", { class: "spring" }), batch, pause, go),
    el("div", { class: "panel-body column" }, problem, nothing, list, made, aside),
    foot,
  );
  const cards = new Map();
  const thumbs = new Map();
  let items = [];
  const deeds = {
    act: (name, item) => act(name, { id: item.id }),
    thumb: (id) => thumbs.get(id) ?? "",
    first: (item) => move(item, waiting()[0]?.id),
    move: (item, way) => shift(item, way),
  };
  const waiting = () => items.filter((item) => item.state === "waiting");
  const move = (item, before) => before !== item.id && act("move", { id: item.id, before: before ?? null });

  function shift(item, way) {
    const row = waiting();
    const at = row.findIndex((each) => each.id === item.id);
    if (way < 0 && at > 0) move(item, row[at - 1].id);
    if (way > 0 && at < row.length - 1) move(item, row[at + 2]?.id);
  }

  wireDrag(list, (id, before) => move({ id }, before));

  function show(queue) {
    items = queue.items.filter((item) => QUEUED.has(item.state));
    const done = queue.items.filter((item) => item.state === "done");
    const left = items.filter((item) => item.state === "waiting" || item.state === "working");
    sum.textContent = items.length ? sumOf(queue, items) : "";
    go.hidden = !left.length || (queue.going && !queue.problem);
    pause.hidden = !queue.going || !left.length || !go.hidden;
    nothing.hidden = items.length > 0 || queue.asides.length > 0;
    problem.textContent = [queue.problem, ...queue.problems].filter(Boolean).join("\n");
    problem.hidden = !problem.textContent;
    refillCards(list, cards, items, deeds);
    mark();
    refill(made, ...(done.length ? doneRow(done, act) : []));
    refill(aside, ...asides(queue.asides, deeds, act));
    foot.hidden = !queue.items.length;
    refill(foot, ...footOf(queue));
  }

  function now(status) {
    const item = items.find((each) => each.id === status.id);
    if (item) cards.get(item.id)?.show(Object.assign(item, status, { state: "working" }));
    mark();
  }

  /** The tab shows how far the film is that is being made, wherever somebody is. */
  function mark() {
    const working = items.find((item) => item.state === "working");
    const tab = document.getElementById("tab-make");
    tab.classList.toggle("make-working", Boolean(working));
    tab.style.setProperty("--made", working?.total ? (working.frames ?? 0) / working.total : 0);
  }

  function files({ files: listed }) {
    thumbs.clear();
    for (const file of listed) if (file.thumb) thumbs.set(file.id, file.thumb);
    for (const item of items) cards.get(item.id)?.show(item);
  }

  return { element, show, now, files };
}

/** Cards for items, in their order; a card that is there stays, with its focus. */
function refillCards(list, cards, items, deeds) {
  const wanted = new Set(items.map((item) => item.id));
  for (const [id, card] of cards) {
    if (wanted.has(id)) continue;
    card.remove();
    cards.delete(id);
  }
  items.forEach((item, index) => {
    const card = cards.get(item.id) ?? queueCard(deeds);
    cards.set(item.id, card);
    card.show(item);
    if (list.children[index] !== card) {
      const focused = card.contains(document.activeElement) ? document.activeElement : null;
      list.insertBefore(card, list.children[index] ?? null);
      focused?.focus({ preventScroll: true });
    }
  });
}

function sumOf(queue, items) {
  const count = (state) => items.filter((item) => item.state === state).length;
  const left = count("waiting") + count("working");
  const failed = count("failed");
  const working = items.find((item) => item.state === "working");
  const parts = [left ? `${many(left, "film")} to make` : "", failed ? `${failed} failed` : ""];
  if (!queue.going && left) parts.push("paused");
  else if (!working && queue.at_work) parts.push("beginning");
  return parts.filter(Boolean).join(" · ");
}

/** What of the queue is done: the films themselves are on the right. */
function doneRow(done, act) {
  const row = el(
    "div",
    { class: "row" },
    el("span", { class: "soft small" }, `${many(done.length, "film")} of this queue ${done.length === 1 ? "is" : "are"} made`),
    el("span", { class: "spring" }),
    button("Clear", () => act("clear"), { kind: "quiet small", tip: "Takes them from the list; the films stay" }),
  );
  const warned = done.flatMap((item) => (item.warnings ?? []).map((warning) => `${item.name}: ${warning}`));
  return [row, ...warned.slice(0, MOST_WARNINGS).map((text) => el("p", { class: "note" }, text))];
}

/** What was cancelled: it can be put back, or left for good. */
function asides(rows, deeds, act) {
  if (!rows.length) return [];
  const list = rows.map((item) => {
    const forget = async () => {
      const sure = !item.frames || (await confirm({ title: `Remove ${item.name}?`, text: `${many(item.frames, "frame")} of it ${item.frames === 1 ? "is" : "are"} done; they are removed, too. Its sources and other films stay.`, yes: "Remove", danger: true }));
      if (sure) act("forget", { id: item.id });
    };
    const back = async () => {
      await act("back", { id: item.id });
      toast(`${item.name} is queued again`, "good");
    };
    const done = item.frames ? ` · ${many(item.frames, "frame")} done` : "";
    return el(
      "li",
      { class: "row make-cancelled" },
      el("div", { class: "column" }, el("span", { class: "truncate" }, item.name), el("span", { class: "faint small truncate" }, madeOf(item) + done)),
      el("span", { class: "spring" }),
      button("Put back", back, { kind: "quiet small", icon: "undo" }),
      button("Remove", forget, { kind: "quiet small" }),
    );
  });
  return [el("h3", { class: "group-title" }, "Cancelled"), el("ul", { class: "column" }, ...list)];
}

const footOf = (queue) => [
  el("span", { class: "truncate" }, "Films go on when this page is closed. Without the studio: ", el("code", {}, `vidream batch ${queue.file}`)),
];
