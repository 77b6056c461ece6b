/** The folder: what is dreamed is picked from it, dropped into it or chosen for it; noise needs none. @module */

import { card, coming, icon, nameParts, small, about } from "./file_cards.js";
import { el, refill } from "./dom.js";
import { onKey } from "./keys.js";
import { complain, toast } from "./toast.js";
import { Uploads, takeDrops } from "./upload.js";

const MANY = 12;

/** The folder's part of the page: two chips above, a dialog, a veil while something is dropped, a welcome. */
class Files {
  constructor(element, link) {
    this.link = link;
    this.files = null;
    this.look = null;
    this.uploads = new Uploads(link, () => this.drawComing());
    this.source = el("button", { class: "chip file-chip", type: "button", "aria-haspopup": "dialog", onclick: () => this.open() });
    this.song = el("button", { class: "chip file-chip", type: "button", "aria-haspopup": "dialog", onclick: () => this.open("song") });
    this.busy = el("span", { class: "soft small", role: "status" });
    refill(element, this.source, this.song, this.busy);
    this.input = el("input", { type: "file", multiple: true, hidden: true, onchange: () => this.bringChosen() });
    this.veil = el("div", { class: "file-veil", hidden: true }, el("div", {}, "Drop it: a film, a picture, a song"));
    this.makeDialog();
    this.makeWelcome();
    document.body.append(this.input, this.veil, this.dialog);
    document.querySelector("#work-look").append(this.welcome);
    takeDrops((files) => this.bring(files), this.veil);
    onKey("o", "choose what is dreamed", () => this.open());
    link.on("files", (files) => this.take({ files }));
    link.on("look", (look) => this.take({ look }));
  }

  makeDialog() {
    this.filter = el("input", { type: "search", placeholder: "Find", "aria-label": "Find a file", oninput: () => this.drawDialog() });
    this.title = el("h2", {});
    this.lists = el("div", { class: "file-lists" });
    this.comingHere = el("ul", { class: "file-comings" });
    const close = el("button", { class: "button quiet icon", type: "button", "aria-label": "close", onclick: () => this.dialog.close() }, "✕");
    const head = el("div", { class: "row file-head" }, this.title, this.filter, el("div", { class: "spring" }), this.chooser(), close);
    this.dialog = el("dialog", { class: "file-dialog", "aria-label": "Sources", onclick: (event) => event.target === this.dialog && this.dialog.close() });
    this.dialog.append(el("div", { class: "file-inner column" }, head, this.comingHere, this.lists));
  }

  makeWelcome() {
    this.welcomeList = el("ul", { class: "file-grid" });
    this.welcomeComing = el("ul", { class: "file-comings" });
    this.welcomeFolder = el("p", { class: "soft" });
    const noise = el("button", { class: "button", type: "button", onclick: () => this.useNoise() }, icon("noise"), "Begin with noise");
    this.welcome = el(
      "section",
      { class: "file-welcome", "aria-label": "Begin", hidden: true },
      el(
        "div",
        { class: "file-welcome-inner column" },
        el("h2", {}, "What shall be dreamed?"),
        el("p", { class: "soft" }, "Drop a film or a picture anywhere on this page; or"),
        el("div", { class: "row file-ways" }, this.chooser("primary"), noise),
        this.welcomeComing,
        this.welcomeFolder,
        this.welcomeList,
      ),
    );
  }

  chooser(kind = "") {
    return el("button", { class: `button ${kind}`, type: "button", onclick: () => this.input.click() }, icon("folder"), "Choose files…");
  }

  take(news) {
    Object.assign(this, news);
    if (!this.files) return;
    this.input.accept = Object.values(this.files.endings).flat().join(",");
    this.drawChips();
    this.drawWelcome();
    if (this.dialog.open) this.drawDialog();
  }

  open(kind = null) {
    this.dialog.showModal();
    this.drawDialog();
    const first = kind && this.lists.querySelector(`[data-kind="${kind}"]`);
    first?.scrollIntoView();
    (first ?? this.lists).querySelector("button[aria-pressed=true], button")?.focus();
  }

  byId(id) {
    return this.files.files.find((file) => file.id === id) ?? null;
  }

  drawChips() {
    const source = this.byId(this.look?.source);
    const song = this.byId(this.look?.song);
    let words = ["Choose a source"];
    if (this.look?.noise) words = [icon("noise"), "noise"];
    else if (source) words = [small(source), el("span", { class: "truncate" }, nameParts(source.name)[0])];
    refill(this.source, ...words, el("span", { class: "faint" }, "▾"));
    this.source.title = source ? `${source.name}: ${about(source)}; choose another (o)` : "choose what is dreamed (o)";
    refill(this.song, icon("song"), el("span", { class: "truncate" }, song ? nameParts(song.name)[0] : "no song"));
    this.song.title = song ? `${song.name}: ${about(song)}; choose another` : "choose a song to dream in time with";
    this.song.hidden = !song && !this.files.files.some((file) => file.kind === "song");
  }

  drawWelcome() {
    const chosen = this.look === null || this.look.noise || this.byId(this.look.source);
    this.welcome.hidden = Boolean(chosen);
    if (chosen) return;
    const files = this.files.files.filter((file) => file.kind !== "song").slice(0, MANY);
    this.welcomeFolder.textContent = files.length ? `Or take one of ${this.files.folder}:` : "";
    refill(this.welcomeList, ...files.map((file) => this.card(file)));
  }

  drawDialog() {
    const { files, folder, path, more } = this.files;
    this.title.textContent = folder;
    this.title.title = path;
    this.filter.hidden = files.length <= MANY && !this.filter.value;
    const wanted = this.filter.value.trim().toLowerCase();
    const found = files.filter((file) => file.name.toLowerCase().includes(wanted));
    const sources = found.filter((file) => file.kind !== "song");
    const songs = found.filter((file) => file.kind === "song");
    const held = document.activeElement?.closest?.(".file-card")?.dataset.id;
    refill(
      this.lists,
      el("h3", { class: "soft small" }, "Films and pictures"),
      el("ul", { class: "file-grid", "data-kind": "source" }, ...sources.map((file) => this.card(file)), !wanted && this.noiseCard()),
      songs.length > 0 && el("h3", { class: "soft small" }, "Songs"),
      songs.length > 0 && el("ul", { class: "file-grid songs", "data-kind": "song" }, ...songs.map((file) => this.card(file))),
      more && el("p", { class: "soft small" }, `More than ${more} files lie in this folder; these are the first.`),
    );
    this.lists.querySelector(`[data-id="${held}"] button`)?.focus();
    this.drawComing();
  }

  noiseCard() {
    const pressed = String(Boolean(this.look?.noise));
    const button = el(
      "button",
      { class: "file-choice", type: "button", "aria-pressed": pressed, onclick: () => this.useNoise() },
      el("span", { class: "thumb drawn" }, icon("noise")),
      el("span", { class: "file-name" }, "Noise"),
      el("span", { class: "file-about faint small" }, "out of nothing"),
    );
    return el("li", { class: "file-card", "data-id": "noise" }, button);
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
    const share = first?.size ? Math.floor((100 * first.sent) / first.size) : 0;
    this.busy.textContent = first ? `${first.name}: ${share} %${list.length > 1 ? `, ${list.length - 1} more` : ""}` : "";
  }

  bringChosen() {
    const files = [...this.input.files];
    this.input.value = "";
    this.bring(files);
  }

  /** Bring files into the folder; the first film or picture, and the first song, are taken. @param {File[]} files */
  async bring(files) {
    if (!this.files) return;
    const taken = new Set();
    const coming = files.map(async (file) => {
      const came = await this.uploads.bring(file, this.files.largest, this.files.path);
      if (!came) return;
      const role = came.kind === "song" ? "song" : "source";
      if (!taken.has(role)) {
        taken.add(role);
        await this.choose(came, false);
      }
      if (came.recipe) this.offerRecipe(came);
    });
    for (const each of coming) each.catch(complain);
  }

  choose(file, chosen) {
    if (file.kind === "song") return this.act("song", { id: chosen ? null : file.id });
    this.dialog.close();
    return this.act("source", { id: file.id });
  }

  useNoise() {
    this.dialog.close();
    return this.act("noise", {});
  }

  useRecipe(file) {
    this.dialog.close();
    return this.act("use_recipe", { id: file.id }).then((done) => done && toast(`the look of ${nameParts(file.name)[0]} is taken over`, "good"));
  }

  /** Act on the look. @returns {Promise<boolean>} whether that was done; what is wrong is said. */
  act(action, body) {
    return this.link.act("look", action, body).then(
      () => true,
      (problem) => complain(problem),
    );
  }

  offerRecipe(file) {
    const box = el("div", { class: "toast good column", role: "alertdialog", "aria-label": "A recipe" });
    const done = () => box.remove();
    const use = el("button", { class: "button primary", type: "button", onclick: () => (done(), this.useRecipe(file)) }, "Use its look");
    box.append(
      el("span", {}, `${nameParts(file.name)[0]} says how it was dreamed.`),
      el("div", { class: "row" }, use, el("button", { class: "button quiet", type: "button", onclick: done }, "Not now")),
    );
    document.getElementById("toasts").append(box);
  }
}

/**
 * Fill the room's region, once.
 * @param {HTMLElement} element its region.
 * @param {import("./link.js").Link} link what leads to the server.
 */
export function mount(element, link) {
  return new Files(element, link);
}
