/** A film of the queue, as a card: its newest frame, how far it is, and what can be done with it. @module */

import { el, refill } from "./dom.js";
import { icon } from "./icons.js";
import { howFar, madeOf, px, span } from "./make-words.js";
import { openMenu } from "./menu.js";
import { button, iconButton, progress } from "./parts.js";
import { tip } from "./tip.js";

/**
 * A card of the queue.
 * @param {object} deeds what can be done: {act(name, item), move(item, way), first(item), thumb(id)}.
 * @returns {HTMLElement & {show: (item: object) => void}}
 */
export function queueCard(deeds) {
  const parts = {
    canvas: el("canvas", { class: "make-frame", width: 160, height: 90, hidden: true }),
    still: el("img", { class: "make-frame", alt: "", loading: "lazy", hidden: true }),
    none: el("div", { class: "make-frame make-none" }, icon("film")),
    name: el("h3", { class: "strong truncate" }),
    about: el("p", { class: "soft small truncate" }),
    line: el("p", { class: "small make-line" }),
    bar: progress("How far it is"),
    warned: el("p", { class: "soft small make-warned", hidden: true }),
    buttons: el("div", { class: "row make-buttons" }),
  };
  const grip = el("span", { class: "make-grip", "aria-hidden": "true" }, icon("move"));
  const card = el(
    "li",
    { class: "card make-card", tabIndex: 0 },
    grip,
    el("div", { class: "make-picture" }, parts.none, parts.still, parts.canvas),
    el("div", { class: "column make-words" }, parts.name, parts.about, parts.line, parts.bar, parts.warned),
    parts.buttons,
  );
  let drawn = "";
  let shape = "";
  card.show = (item) => {
    card.item = item;
    card.dataset.id = item.id;
    card.className = `card make-card ${item.state}`;
    card.draggable = item.state === "waiting";
    parts.name.textContent = item.name;
    tip(parts.name, item.file);
    parts.about.textContent = madeOf(item);
    refill(parts.line, ...lineOf(item));
    const warned = item.state === "working" ? (item.warnings ?? []).join("\n") : "";
    if (parts.warned.textContent !== warned) parts.warned.textContent = warned;
    parts.warned.hidden = !warned;
    parts.line.classList.toggle("problem", item.state === "failed");
    parts.bar.hidden = !(item.state === "working" || (item.state === "waiting" && item.frames > 0));
    parts.bar.show(item.total && item.frames ? item.frames / item.total : item.state === "working" ? null : 0);
    if (shape !== item.state) refill(parts.buttons, ...buttonsOf((shape = item.state), card, deeds));
    if (drawn !== (drawn = `${item.newest ?? item.picture} ${item.state} ${deeds.thumb(item.source_id)}`)) draw(parts, item, deeds);
  };
  wireKeys(card, deeds);
  return card;
}

/** What is said of it, below its name. */
function lineOf(item) {
  if (item.state === "working") {
    return [el("span", {}, howFar(item)), item.left === null || item.left === undefined ? null : el("span", { class: "strong" }, ` · ${span(item.left)} left`)];
  }
  if (item.state === "failed") return [el("span", {}, item.reason || "it could not be made")];
  if (item.state === "gone") return ["it was made, and is not there any more"];
  if (item.frames > 0) return [`goes on after frame ${item.frames}${item.total ? ` of ${item.total}` : ""}`];
  return [[item.total ? `${item.total} frame${item.total === 1 ? "" : "s"}` : "", px(item.size)].filter(Boolean).join(" · ") || "waits"];
}

function buttonsOf(state, card, deeds) {
  const act = (name) => () => deeds.act(name, card.item);
  const cancel = button("Cancel", act("cancel"), { kind: "quiet small", tip: "Takes it out of the queue; what is done of it is kept, and it can be put back" });
  if (state === "working") return [cancel];
  if (state === "failed" || state === "gone") {
    return [button("Try again", act("retry"), { kind: "small", icon: "retry" }), button("Cancel", act("cancel"), { kind: "quiet small" })];
  }
  const more = iconButton("more", "Move it", () => openMenu(more, places(card, deeds)), { kind: "quiet small" });
  return [cancel, more];
}

const places = (card, deeds) => [
  { label: "Make it next", icon: "up", act: () => deeds.first(card.item) },
  { label: "Earlier", key: "Alt ↑", act: () => deeds.move(card.item, -1) },
  { label: "Later", key: "Alt ↓", act: () => deeds.move(card.item, 1) },
];

function wireKeys(card, deeds) {
  card.addEventListener("keydown", (event) => {
    if (event.target !== card) return;
    const way = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (way && event.altKey && card.item.state === "waiting") deeds.move(card.item, way);
    else if (way) (way < 0 ? card.previousElementSibling : card.nextElementSibling)?.focus?.();
    else if (event.key === "Delete") deeds.act("cancel", card.item);
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
}

/** Its newest frame; of one that has none its source, small. */
async function draw(parts, item, deeds) {
  const small = deeds.thumb(item.source_id);
  parts.still.hidden = !small;
  parts.none.hidden = Boolean(small);
  if (small && parts.still.getAttribute("src") !== small) parts.still.src = small;
  if (!(item.newest > 0 || item.picture)) {
    parts.canvas.hidden = true;
    return;
  }
  const bitmap = await newest(item.id);
  if (!bitmap) return;
  parts.canvas.width = bitmap.width;
  parts.canvas.height = bitmap.height;
  parts.canvas.getContext("2d").drawImage(bitmap, 0, 0);
  bitmap.close();
  parts.canvas.hidden = false;
}

/** The newest frame of a film; null where there is none, or the studio is gone. */
async function newest(id) {
  try {
    const answer = await fetch(`/queue/frame/${id}`, { cache: "no-store" });
    return answer.ok ? await createImageBitmap(await answer.blob()) : null;
  } catch {
    return null;
  }
}
