/** The gallery's grid: cells with a picture and a loop, gone through by arrows, in motion while they are seen. @module */

import { el, refill } from "./dom.js";
import { icon } from "./icons.js";
import { labelOf, named } from "./gallery_names.js";

const AROUND = "60px 0px";
const calm = matchMedia("(prefers-reduced-motion: reduce)");

/** The cells of a shelf. */
export class Grid {
  /**
   * @param {{use: (cell: object, adds: boolean) => void, open: (layer: string) => void, more: () => void,
   *   point: (cell: object|null) => void, seen: (ids: string[]) => void}} acts what it calls.
   */
  constructor(acts) {
    this.acts = acts;
    this.element = el("div", { class: "gallery-grid", role: "listbox", "aria-label": "Looks", "aria-multiselectable": "true" });
    this.items = new Map();
    this.seen = new Set();
    this.resting = false;
    this.pointed = null;
    this.look = null;
    this.watcher = new IntersectionObserver((entries) => this.watch(entries), { rootMargin: AROUND });
    this.element.addEventListener("keydown", (event) => this.key(event));
    this.element.addEventListener("pointerleave", () => this.point(null));
    calm.addEventListener("change", () => this.rest(this.resting));
  }

  /** Whether cells may move. */
  get moves() {
    return !calm.matches;
  }

  /** Show cells under headings. @param {object} told the room's snapshot. @param {[string, object[]][]} sections */
  show(told, sections, look) {
    this.look = look;
    const children = [];
    const ids = new Set();
    for (const [heading, cells] of sections) {
      if (heading) children.push(this.heading(heading));
      for (const cell of cells) {
        ids.add(cell.id);
        children.push(this.item(cell, told).element);
      }
    }
    for (const [id, item] of this.items) {
      if (!ids.has(id)) this.drop(id, item);
    }
    if (told.left) children.push(el("button", { type: "button", class: "button gallery-more", onclick: this.acts.more }, `More channels (${told.left})`));
    if (!sameChildren(this.element, children)) {
      const focused = document.activeElement;
      refill(this.element, ...children);
      if (this.element.contains(focused)) focused.focus({ preventScroll: true });
    }
    this.mark(look);
  }

  heading(words) {
    const old = [...this.element.children].find((each) => each.dataset.heading === words);
    return old ?? el("div", { class: "group-title", role: "presentation", "data-heading": words }, words);
  }

  item(cell, told) {
    let item = this.items.get(cell.id);
    if (!item) {
      item = this.made(cell);
      this.items.set(cell.id, item);
      this.watcher.observe(item.element);
    }
    item.cell = cell;
    this.picture(item, told);
    return item;
  }

  made(cell) {
    const picture = el("div", { class: "cell-picture" });
    const add = el("span", { class: "cell-add", "aria-hidden": "true", title: "Add it to what is there (Shift+click)" }, icon("add"));
    const below = cell.kind === "layer" ? el("span", { class: "cell-open" }, cell.about.replace(" channels", ""), icon("chevron")) : null;
    if (below) below.title = `Its ${cell.about}`;
    const element = el(
      "div",
      { class: "card cell", role: "option", tabIndex: -1, "aria-label": label(cell), "aria-selected": "false" },
      picture, add, el("span", { class: "cell-name" }, el("span", { class: "truncate" }, named(cell)), below),
    );
    const item = { cell, element, picture, image: null, video: null, still: "", loop: "" };
    element.addEventListener("click", (event) => {
      if (event.target.closest(".cell-open")) this.acts.open(item.cell.title);
      else this.acts.use(item.cell, event.shiftKey || Boolean(event.target.closest(".cell-add")));
    });
    element.addEventListener("pointerenter", () => this.point(item));
    element.addEventListener("focus", () => this.point(item));
    element.addEventListener("blur", () => this.point(null));
    return item;
  }

  point(item) {
    this.pointed = item?.cell ?? null;
    this.acts.point(this.pointed);
    this.tell(item?.cell.id);
  }

  /** The still, as soon as there is one; what was there stays, fainter, until then. */
  picture(item) {
    const { cell, element } = item;
    element.classList.toggle("failed", Boolean(cell.problem));
    element.classList.toggle("waiting", !cell.still && !cell.problem);
    if (cell.still && cell.still !== item.still) {
      item.still = cell.still;
      const image = el("img", { alt: "", decoding: "async", draggable: false });
      image.addEventListener("load", () => {
        this.shape(image.naturalWidth / image.naturalHeight);
        if (item.still !== cell.still) return;
        item.image?.remove();
        item.image = image;
        this.still(item, true);
        item.picture.prepend(image);
      });
      image.src = `/gallery/kept/${cell.still}`;
    }
    if (cell.loop !== item.loop) {
      item.loop = cell.loop;
      this.play(item);
    }
  }

  shape(ratio) {
    const bounded = Math.min(2, Math.max(0.8, ratio));
    this.element.style.setProperty("--shape", bounded.toFixed(3));
  }

  watch(entries) {
    for (const entry of entries) {
      const item = [...this.items.values()].find((each) => each.element === entry.target);
      if (!item) continue;
      if (entry.isIntersecting) this.seen.add(item.cell.id);
      else this.seen.delete(item.cell.id);
      this.play(item);
    }
    this.tell();
  }

  /** Tell which cells are seen: the one that is pointed at first, then as they stand. */
  tell(first = null) {
    const ids = [...this.items.keys()].filter((id) => this.seen.has(id));
    const order = [...this.element.children];
    ids.sort((a, b) => order.indexOf(this.items.get(a).element) - order.indexOf(this.items.get(b).element));
    const told = this.resting ? [] : first && this.seen.has(first) ? [first, ...ids.filter((id) => id !== first)] : ids;
    if (JSON.stringify(told) === this.told) return;
    this.told = JSON.stringify(told);
    this.acts.seen(told);
  }

  /** Play the loop of a cell while it is seen. */
  play(item) {
    const wanted = item.loop && this.moves && !this.resting && this.seen.has(item.cell.id);
    if (!wanted) {
      this.still(item);
      return;
    }
    if (item.video?.dataset.loop === item.loop) return;
    this.still(item);
    const video = el("video", { muted: true, loop: true, playsInline: true, disablePictureInPicture: true, tabIndex: -1, "aria-hidden": "true", "data-loop": item.loop });
    video.addEventListener("playing", () => video.classList.add("playing"), { once: true });
    video.src = `/gallery/kept/${item.loop}`;
    item.video = video;
    item.picture.append(video);
    video.play().catch(() => {});
  }

  /** Let a cell's loop go, and what it holds. unless: keep the loop that is newer than the still. */
  still(item, unless = false) {
    if (!item.video || (unless && item.video.dataset.loop === item.loop && item.loop)) return;
    item.video.pause();
    item.video.removeAttribute("src");
    item.video.load();
    item.video.remove();
    item.video = null;
  }

  drop(id, item) {
    this.watcher.unobserve(item.element);
    this.still(item);
    item.element.remove();
    this.items.delete(id);
    this.seen.delete(id);
  }

  /** Stand still while nobody looks, or go on. @param {boolean} on */
  rest(on) {
    this.resting = on;
    for (const item of this.items.values()) this.play(item);
    this.tell();
  }

  /** Mark what is in the look. @param {object} look the snapshot of the room "look". */
  mark(look) {
    this.look = look;
    const values = look?.values ?? {};
    const layers = new Set([...(values.layer ?? []), ...(values.toward ?? [])].map(labelOf));
    const over = look?.knobs && ("layer" in look.knobs || "toward" in look.knobs);
    for (const { cell, element } of this.items.values()) {
      const preset = (cell.kind === "preset" || cell.kind === "own") && look?.preset === cell.title && !over;
      const on = preset || (["layer", "channel", "class"].includes(cell.kind) && layers.has(cell.title));
      element.setAttribute("aria-selected", String(Boolean(on)));
    }
    const items = [...this.items.values()].map((item) => item.element);
    if (!items.some((each) => each.tabIndex === 0)) {
      const first = items.find((each) => each.getAttribute("aria-selected") === "true") ?? items[0];
      if (first) first.tabIndex = 0;
    }
  }

  key(event) {
    const from = event.target.closest(".cell");
    if (!from) return;
    const item = [...this.items.values()].find((each) => each.element === from);
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      this.acts.use(item.cell, event.shiftKey);
      return;
    }
    const next = step([...this.element.querySelectorAll(".cell")], from, event.key);
    if (!next) return;
    event.preventDefault();
    from.tabIndex = -1;
    next.tabIndex = 0;
    next.focus({ preventScroll: true });
    next.scrollIntoView({ block: "nearest" });
  }
}

function label(cell) {
  return [named(cell), cell.for ? `made for ${cell.for}` : "", cell.about].filter(Boolean).join(", ");
}

function sameChildren(element, children) {
  return element.children.length === children.length && children.every((child, index) => element.children[index] === child);
}

/** The cell that an arrow leads to: beside, or the nearest above or below. */
function step(cells, from, key) {
  const at = cells.indexOf(from);
  if (key === "ArrowRight") return cells[at + 1];
  if (key === "ArrowLeft") return cells[at - 1];
  if (key === "Home") return cells[0];
  if (key === "End") return cells[cells.length - 1];
  const way = { ArrowDown: 1, ArrowUp: -1 }[key];
  if (!way) return null;
  const rows = way > 0 ? cells.slice(at + 1) : cells.slice(0, at).reverse();
  const beyond = rows.filter((cell) => (cell.offsetTop - from.offsetTop) * way > 1);
  const row = beyond.filter((cell) => cell.offsetTop === beyond[0].offsetTop);
  return row.sort((a, b) => Math.abs(a.offsetLeft - from.offsetLeft) - Math.abs(b.offsetLeft - from.offsetLeft))[0];
}
