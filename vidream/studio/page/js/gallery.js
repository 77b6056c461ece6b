/** The page's part of the room "gallery": looks, layers, channels and classes to choose from, in motion. @module */

import { el, refill } from "./dom.js";
import { Grid } from "./gallery_grid.js";
import { mountMix } from "./gallery_mix.js";
import { named } from "./gallery_names.js";
import { shelfHead } from "./gallery_shelves.js";
import { onKey } from "./keys.js";
import { iconButton } from "./parts.js";
import { wireTabs } from "./tabs.js";
import { complain } from "./toast.js";

const TABS = [
  ["looks", "Looks"],
  ["layers", "Layers"],
  ["like", "Alike"],
  ["classes", "Things"],
];
const COMMANDS = { video: "films", zoom: "zooms", music: "music", image: "pictures" };
const SEEN_WAIT = 120;

/**
 * Fill the room's region, once.
 * @param {HTMLElement} element its region.
 * @param {import("./link.js").Link} link what leads to the server.
 */
export function mount(element, link) {
  const tabs = TABS.map(([shelf, words]) =>
    el("button", { type: "button", role: "tab", "data-shelf": shelf, "aria-selected": "false" }, words),
  );
  const list = el("div", { class: "tabs", role: "tablist", "aria-label": "What to choose from" }, ...tabs);
  const head = el("div", { class: "gallery-head" });
  const about = el("p", { class: "gallery-about" });
  const left = el("span", { class: "gallery-left", role: "status" });
  const mix = mountMix(link);
  const grid = new Grid({
    use: (cell, adds) => mix.use(cell, adds),
    open: (layer) => show({ shelf: "channels", layer }),
    more: () => link.act("gallery", "more").catch(complain),
    point: (cell) => describe(cell),
    seen: (ids) => see(ids),
  });
  const body = el("div", { class: "panel-body gallery-body", id: "gallery-shelf", role: "tabpanel", "aria-label": "Shelf" }, head, grid.element);
  const wide = iconButton("full", "Show the gallery large", () => widen(!element.classList.contains("wide")), { kind: "quiet small", key: "G" });
  const widen = (on) => {
    element.classList.toggle("wide", on);
    wide.setAttribute("aria-pressed", String(on));
  };
  onKey("g", "Show the gallery large, or small again", () => wide.click(), () => !document.getElementById("work-look").hidden);
  onKey("Escape", "", () => widen(false), () => element.classList.contains("wide"));
  mix.used = () => widen(false);
  refill(
    element,
    el("div", { class: "panel-head" }, list, el("span", { class: "spring" }), wide),
    mix.element,
    body,
    el("div", { class: "panel-foot gallery-foot" }, about, left),
  );
  const choose = wireTabs(list, (tab) => show({ shelf: tab.dataset.shelf }));

  let data = null;
  let look = null;
  let seenTimer = 0;
  let seen = [];
  let headed = "";

  const show = (what) => {
    body.scrollTop = 0;
    return link.act("gallery", "show", what).catch(complain);
  };

  function see(ids) {
    seen = ids;
    clearTimeout(seenTimer);
    seenTimer = setTimeout(() => link.act("gallery", "visible", { ids: seen.slice(0, 150), motion: grid.moves }).catch(() => {}), SEEN_WAIT);
  }

  function describe(cell) {
    const one = cell ?? data?.cells.find((each) => each.kind === "preset" && each.title === look?.preset);
    about.textContent = one ? words(one) : "Click a look to use it, Shift+click to add it to what is there.";
    about.classList.toggle("problem", Boolean(one?.problem));
  }

  function words(cell) {
    if (cell.problem) return `${cell.title}: ${cell.problem}`;
    const made = cell.for && cell.kind === "own" ? ` Made for ${COMMANDS[cell.for] ?? cell.for}.` : ""; // else its heading says it
    const text = cell.about.replace(/[.;,]?\s*for (zooms|films|music)\.?$/i, ".");
    return text ? `${text}${/[.]$/.test(text) || !made ? "" : "."}${made}` : `${named(cell)}.${made}`;
  }

  link.on("gallery", (told) => {
    data = told;
    const tab = tabs.find((each) => each.dataset.shelf === (told.shelf === "channels" ? "layers" : told.shelf));
    choose(tab);
    const heading = JSON.stringify([told.shelf, told.layer, told.layers, told.like, told.noise]);
    if (heading !== headed) {
      headed = heading;
      refill(head, ...shelfHead(told, link, show));
    }
    grid.show(told, sections(told), look);
    mix.told(told);
    left.textContent = told.waiting ? String(told.waiting) : "";
    left.title = told.waiting ? `${told.waiting} pictures still to be made` : "";
    left.classList.toggle("working", told.waiting > 0);
    if (!grid.pointed) describe(null);
    if (told.problem) {
      about.textContent = told.problem;
      about.classList.add("problem");
    }
  });
  link.on("look", (told) => {
    look = told;
    mix.look(told);
    grid.mark(told);
    if (!grid.pointed) describe(null);
  });
  link.on("link", (open) => open && see(seen));
  link.when("workspace", (name) => grid.rest(name !== "look"));
  document.addEventListener("visibilitychange", () => grid.rest(document.hidden));
}

/** The cells of a shelf under their headings: [heading, cells][]. */
function sections(told) {
  if (told.shelf !== "looks") return [["", told.cells]];
  const first = told.command === "image" ? ["image", "video"] : [told.command];
  const order = [...new Set([...first, "video", "zoom", "music", "image"])];
  const shipped = order.map((command) => [
    `Made for ${COMMANDS[command] ?? command}`,
    told.cells.filter((cell) => cell.kind === "preset" && cell.for === command),
  ]);
  return [["Yours", told.cells.filter((cell) => cell.kind === "own")], ...shipped].filter(([, cells]) => cells.length);
}
