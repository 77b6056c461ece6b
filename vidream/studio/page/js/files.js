/** The folder: what is dreamed is picked from it, dropped into it or chosen for it; noise needs none. @module */

import { openDialog } from "./dialog.js";
import { el, refill } from "./dom.js";
import { about, card, coming, nameParts, noiseCard, share, small } from "./file_cards.js";
import { icon } from "./icons.js";
import { onKey } from "./keys.js";
import { button } from "./parts.js";
import { tip } from "./tip.js";
import { complain, toast } from "./toast.js";
import { Uploads, takeDrops } from "./upload.js";

const MANY = 12;

/** The folder's part of the page: two chips above, a dialog, a veil while something is dropped, a welcome. */
class Files {
  constructor(element, link) {
    this.link = link;
    this.files = null;
    this.look = null;
    this.dialog = null;
    this.uploads = new Uploads(link, () => this.drawComing());
    this.makeChips(element);
    this.makeLists();
    this.makeWelcome();
    this.input = el("input", { type: "file", multiple: true, hidden: true, onchange: () => this.bringChosen() });
    this.veil = el("div", { class: "file-veil", popover: "manual" }, el("div", {}, icon("upload"), "Drop films, pictures, songs"));
    document.body.append(this.input, this.veil);
    takeDrops((files) => this.bring(files), this.veil);
    onKey("o", "Choose what is dreamed", () => this.open());
    link.on("files", (files) => this.take({ files }));
    link.on("look", (look) => this.take({ look }));
    link.when("workspace", (name) => (element.style.visibility = name === "play" ? "hidden" : ""));
  }

  makeChips(element) {
    const chip = (act) => el("button", { type: "button", class: "chip file-chip", "aria-haspopup": "dialog", onclick: act });
    this.source = tip(chip(() => this.open()), "Choose what is dreamed", "o");
    this.song = tip(chip(() => this.open("song")), "Choose a song to dream in time with");
    this.busy = el("button", { type: "button", class: "chip file-busy", hidden: true, onclick: () => this.open() });
    refill(element, this.source, this.song, this.busy);
  }

  makeLists() {
    this.filter = el("input", { type: "search", placeholder: "Find", "aria-label": "Find a file", oninput: () => this.drawLists() });
    this.place = el("span", { class: "faint small truncate" });
    this.lists = el("div", { class: "file-lists" });
    this.comingHere = el("ul", { class: "file-comings" });
    this.inner = el("div", { class: "column file-inner" }, el("div", { class: "row" }, this.filter, this.place, el("div", { class: "spring" }), this.chooser()), this.comingHere, this.lists);
  }

  makeWelcome() {
    this.welcomeList = el("ul", { class: "file-grid" });
    this.welcomeComing = el("ul", { class: "file-comings" });
    this.welcomeFolder = el("p", { class: "soft" });
    const ways = el("div", { class: "row file-ways" }, this.chooser("primary"), button("Begin with noise", () => this.useNoise(), { icon: "noise" }));
    const words = el("p", { class: "soft" }, "Drop a film or a picture anywhere on this page, or");
    const inner = el("div", { class: "column file-welcome-inner" }, el("h2", {}, "What shall be dreamed?"), words, ways);
    this.welcomePlace = el("p", { class: "faint small" });
    inner.append(this.welcomeComing, this.welcomeFolder, this.welcomeList, this.welcomePlace);
    this.welcome = el("section", { class: "file-welcome", "aria-label": "Begin", hidden: true }, inner);
    document.getElementById("work-look").append(this.welcome);
  }

  chooser(kind = "") {
    return button("Choose files…", () => this.input.click(), { icon: "folder", kind });
  }

  take(news) {
    Object.assign(this, news);
    if (!this.files) return;
    this.input.accept = Object.values(this.files.endings).flat().join(",");
    this.drawChips();
    this.drawWelcome();
    if (this.dialog) this.drawLists();
  }

  /** Open the dialog. @param {string|null} kind "song": at the songs. */
  open(kind = null) {
    if (this.dialog || !this.files) return;
    this.filter.value = "";
    this.drawLists();
    this.dialog = openDialog({ title: "What is dreamed", body: [this.inner], wide: true, onClose: () => (this.dialog = null) });
    const part = this.lists.querySelector(`[data-kind="${kind ?? "source"}"]`);
    if (kind) part?.scrollIntoView();
    (part?.querySelector("button[aria-pressed=true]") ?? part?.querySelector("button:enabled"))?.focus();
  }

  byId(id) {
    return this.files.files.find((file) => file.id === id) ?? null;
  }

  drawChips() {
    const source = this.byId(this.look?.source);
    const song = this.byId(this.look?.song);
    let words = [icon("film"), "Choose a source"];
    if (this.look?.noise) words = [icon("noise"), "Noise"];
    else if (source) words = [small(source.kind, source.thumb), el("span", { class: "truncate" }, nameParts(source.name)[0])];
    refill(this.source, ...words, icon("down"));
    refill(this.song, icon("music"), el("span", { class: "truncate" }, song ? nameParts(song.name)[0] : "No song"));
    const unused = Boolean(song) && this.look?.command !== "music";
    this.song.classList.toggle("unused", unused);
    tip(this.song, unused ? "Not used: a song is dreamed to by Music alone. Choose another, or press it in the list to take it off" : "Choose a song to dream in time with");
    this.song.hidden = !song && !this.files.files.some((file) => file.kind === "song");
  }

  drawWelcome() {
    const chosen = this.look === null || this.look.noise || this.byId(this.look.source);
    this.welcome.hidden = Boolean(chosen);
    if (chosen) return;
    const files = this.files.files.filter((file) => file.kind !== "song" && !file.problem).slice(0, MANY);
    this.welcomeFolder.textContent = files.length ? "or take one that lies here already:" : "";
    this.welcomePlace.textContent = `What is dropped or chosen is copied into ${this.files.path}`;
    redraw(this.welcomeList, files.map((file) => this.card(file)));
  }

  drawLists() {
    const { files, path, more } = this.files;
    this.place.textContent = path;
    this.filter.hidden = files.length <= MANY && !this.filter.value;
    const wanted = this.filter.value.trim().toLowerCase();
    const found = files.filter((file) => file.name.toLowerCase().includes(wanted));
    found.sort((one, other) => Boolean(one.problem) - Boolean(other.problem) || Boolean(one.recipe) - Boolean(other.recipe));
    const sources = found.filter((file) => file.kind !== "song").map((file) => this.card(file));
    const songs = found.filter((file) => file.kind === "song").map((file) => this.card(file));
    if (!wanted) sources.push(noiseCard(Boolean(this.look?.noise), () => this.useNoise()));
    redraw(this.lists, [
      el("h3", { class: "group-title" }, "Films and pictures"),
      sources.length ? el("ul", { class: "file-grid", "data-kind": "source" }, ...sources) : el("p", { class: "soft" }, "None is called so."),
      songs.length > 0 && el("h3", { class: "group-title" }, "Songs"),
      songs.length > 0 && el("ul", { class: "file-grid songs", "data-kind": "song" }, ...songs),
      more && el("p", { class: "note" }, `More than ${more} files lie in this folder; these are those nearest to it.`),
    ]);
    this.drawComing();
  }

  card(file) {
    const chosen = file.id === (file.kind === "song" ? this.look?.song : this.look?.source);
    const useLook = file.recipe && !file.problem ? () => this.useRecipe(file) : null;
    return card(file, chosen, () => this.choose(file, chosen), useLook);
  }

  drawComing() {
    const { list } = this.uploads;
    for (const place of [this.comingHere, this.welcomeComing]) refill(place, ...list.map((upload) => coming(upload, () => this.uploads.leave(upload))));
    const [first] = list;
    this.busy.hidden = !first;
    if (first) this.busy.textContent = `${list.length > 1 ? `${list.length} files` : first.name}: ${Math.floor(100 * share(first))} %`;
  }

  bringChosen() {
    const files = [...this.input.files];
    this.input.value = "";
    this.bring(files);
  }

  /** Bring files into the folder; the first film or picture, and the first song, are taken. @param {File[]} files */
  bring(files) {
    if (!this.files) return;
    const taken = new Set();
    for (const file of files) {
      this.uploads.bring(file, this.files.largest, this.files.path).then((came) => came && this.took(came, taken), complain);
    }
  }

  async took(came, taken) {
    const role = came.kind === "song" ? "song" : "source";
    if (!taken.has(role)) {
      taken.add(role);
      await this.choose(came, false);
    }
    if (came.recipe) this.offerRecipe(came);
  }

  choose(file, chosen) {
    if (file.kind === "song") return this.act("song", { id: chosen ? null : file.id });
    this.dialog?.close();
    return this.act("source", { id: file.id });
  }

  useNoise() {
    this.dialog?.close();
    return this.act("noise", {});
  }

  async useRecipe(file) {
    this.dialog?.close();
    if (await this.act("use_recipe", { id: file.id })) toast(`The look of ${nameParts(file.name)[0]} is taken over.`, "good");
  }

  /** Act on the look; what is wrong is said. @returns {Promise<boolean>} whether that was done. */
  act(action, body) {
    return this.link.act("look", action, body).then(
      () => true,
      (problem) => (complain(problem), false),
    );
  }

  offerRecipe(file) {
    const name = nameParts(file.name)[0];
    const use = button("Use its look", () => (offer.close(), this.useRecipe(file)), { kind: "primary" });
    const not = button("Not now", () => offer.close());
    const text = el("p", { class: "soft" }, `${name} says how it was dreamed: its look can be taken over. ${about(file)}`);
    const offer = openDialog({ title: "It has a look in it", body: [text], buttons: [not, use] });
    use.focus();
  }
}

/** Put children in the place of others; where a card had the focus, the same card has it again. */
function redraw(element, children) {
  const held = element.contains(document.activeElement) && document.activeElement.closest(".file-card")?.dataset.id;
  const top = element.scrollTop;
  refill(element, ...children);
  element.scrollTop = top;
  if (held) element.querySelector(`[data-id="${held}"] button`)?.focus();
}

/**
 * Fill the room's region, once.
 * @param {HTMLElement} element its region.
 * @param {import("./link.js").Link} link what leads to the server.
 */
export function mount(element, link) {
  return new Files(element, link);
}
