/** What was made: films and pictures of the folder that say how, played in place. @module */

import { el, refill } from "./dom.js";
import { icon } from "./icons.js";
import { many, span } from "./make-words.js";
import { button, empty, iconButton } from "./parts.js";
import { complain, toast } from "./toast.js";

const HOVER = 200;
/** Milliseconds for which new films wait while somebody aims at one. */
const AIMING = 3000;

/** Fill the right side of Make. @param {HTMLElement} element @param {import("./link.js").Link} link */
export function mountResults(element, link) {
  const count = el("span", { class: "soft small" });
  const player = el("section", { class: "make-player", "aria-label": "Player", hidden: true });
  const grid = el("ul", { class: "make-grid" });
  const nothing = empty("play", "No films yet", "What is made appears here, and in the folder. Films that vidream made elsewhere, dropped onto the page, appear here, too.");
  element.append(el("div", { class: "panel-head" }, el("h2", {}, "Made"), count), el("div", { class: "panel-body column" }, player, nothing, grid));
  const cards = new Map();
  let made = new Set();
  let playing = null;
  let tell = () => {};
  let aiming = 0;

  /** The newest that is known of a file: a card may have been drawn before it was looked into. */
  const known = (id) => gathered(all()).find((file) => file.id === id);
  const all = () => (link.last.get("files")?.files ?? []).filter((file) => file.kind !== "song" && (file.recipe || made.has(file.id)));
  const play = (id) => {
    playing = id;
    const [parts, told] = large(known(id), link, stop);
    tell = told;
    refill(player, ...parts);
    player.hidden = false;
    player.scrollIntoView({ block: "nearest" });
    mark();
  };
  const stop = () => {
    playing = null;
    player.querySelector("video")?.pause();
    refill(player);
    player.hidden = true;
    mark();
  };
  const mark = () => {
    for (const [id, card] of cards) card.firstChild.setAttribute("aria-current", String(id === playing));
  };
  const show = () => {
    const every = gathered(all());
    const files = aiming ? every.filter((file) => cards.has(file.id)) : every;
    count.textContent = every.length ? String(every.length) : "";
    nothing.hidden = files.length > 0;
    const wanted = new Map(files.map((file) => [file.id, file]));
    for (const [id, card] of cards) {
      if (wanted.has(id) && shownOf(wanted.get(id)) === card.shown) continue;
      card.remove();
      cards.delete(id);
    }
    files.forEach((file, index) => {
      const card = cards.get(file.id) ?? resultCard(file, () => play(file.id));
      cards.set(file.id, card);
      if (grid.children[index] !== card) grid.insertBefore(card, grid.children[index] ?? null);
    });
    if (playing && !wanted.has(playing)) stop();
    else if (playing) tell(wanted.get(playing));
    mark();
  };
  const rest = () => {
    clearTimeout(aiming);
    aiming = 0;
    show();
  };
  grid.addEventListener("pointermove", () => {
    clearTimeout(aiming);
    aiming = setTimeout(rest, AIMING);
  });
  grid.addEventListener("pointerleave", rest);
  link.on("files", show);
  link.on("queue", (queue) => {
    made = new Set(queue.items.map((item) => item.film).filter(Boolean));
    show();
  });
  link.when("workspace", (name) => name !== "make" && player.querySelector("video")?.pause());
}

/** Files, with one of each folder of numbered pictures, which says how many they are. */
function gathered(files) {
  const counts = new Map();
  const folderOf = (file) => (/\/\d{5}\.\w+$/.test(file.name) ? file.name.replace(/\/[^/]+$/, "") : null);
  for (const file of files) {
    const folder = folderOf(file);
    if (folder) counts.set(folder, [...(counts.get(folder) ?? []), file]);
  }
  const first = new Map([...counts].map(([folder, all]) => [folder, all.reduce((one, other) => (one.name < other.name ? one : other))]));
  return files
    .filter((file) => !folderOf(file) || first.get(folderOf(file)) === file)
    .map((file) => (folderOf(file) ? { ...file, pictures: counts.get(folderOf(file)).length } : file));
}

const nameOf = (file) => file.name.split("/").at(file.pictures ? -2 : -1);

const aboutOf = (file) =>
  [file.width ? `${file.width} × ${file.height}` : "", file.seconds ? span(file.seconds) : "", file.pictures ? many(file.pictures, "picture") : ""].filter(Boolean).join(" · ");

/** What a card shows: where that is another, the card is drawn anew. */
const shownOf = (file) => [nameOf(file), aboutOf(file), file.thumb ?? ""].join("\n");

/** A film, small: it moves while it is pointed at. */
function resultCard(file, play) {
  const still = file.thumb ? el("img", { src: file.thumb, alt: "", loading: "lazy" }) : el("span", { class: "make-none" }, icon(file.kind === "film" ? "film" : "picture"));
  const picture = el("span", { class: "make-poster" }, still);
  const open = el("button", { type: "button", class: "card make-result", onclick: play, "aria-label": `Play ${nameOf(file)}` }, picture, el("span", { class: "make-caption" }, el("span", { class: "truncate" }, nameOf(file)), el("span", { class: "faint small truncate" }, aboutOf(file))));
  if (file.kind === "film") wireHover(open, picture, file);
  const card = el("li", {}, open);
  card.shown = shownOf(file);
  return card;
}

function wireHover(open, picture, file) {
  let timer = 0;
  let moving = null;
  const begin = () => {
    timer = setTimeout(() => {
      moving = el("video", { src: `/files/film/${file.id}`, muted: true, loop: true, playsInline: true, "aria-hidden": "true" });
      moving.addEventListener("playing", () => moving?.classList.add("shown"));
      picture.append(moving);
      moving.play().catch(end);
    }, HOVER);
  };
  const end = () => {
    clearTimeout(timer);
    moving?.pause();
    moving?.removeAttribute("src");
    moving?.load();
    moving?.remove();
    moving = null;
  };
  open.addEventListener("pointerenter", begin);
  open.addEventListener("pointerleave", end);
}

/** A film or a picture, large, with what can be done with it; and what tells it that more is known of the file. */
function large(file, link, stop) {
  const words = el("p", { class: "soft small", hidden: true });
  const shown = el("div", { class: "make-screen" }, file.kind === "film" ? film(file, words) : el("img", { src: `/files/picture/${file.id}`, alt: nameOf(file) }));
  const use = button("Use this look", () => useLook(file, link), { kind: "small", icon: "curve", tip: "Takes the look of this film into Look" });
  const recipe = el("pre", { class: "mono small make-recipe", hidden: true, tabIndex: 0 });
  const how = button("How it was made", () => showRecipe(file, link, recipe), { kind: "quiet small" });
  const reveal = button("Show in folder", () => link.act("queue", "reveal", { id: file.id }).catch(complain), { kind: "quiet small", icon: "folder" });
  const about = el("span", { class: "faint small" });
  const tell = (now) => {
    about.textContent = aboutOf(now);
    use.hidden = how.hidden = !now.recipe;
  };
  tell(file);
  const parts = [
    shown,
    el("div", { class: "row make-player-row" }, el("span", { class: "strong truncate" }, nameOf(file)), about, el("span", { class: "spring" }), how, reveal, use, iconButton("cancel", "Close the player", stop, { kind: "quiet small" })),
    words,
    recipe,
  ];
  return [parts, tell];
}

/** A film that plays; or, where this browser cannot, its picture and a word. */
function film(file, words) {
  if (file.name.toLowerCase().endsWith(".gif")) return el("img", { src: `/files/film/${file.id}`, alt: nameOf(file) });
  const video = el("video", { src: `/files/film/${file.id}`, controls: true, autoplay: true, loop: true, playsInline: true, poster: file.thumb ?? "", preload: "metadata" });
  const cannot = () => {
    words.textContent = "This browser does not play films of this kind; they are for editing programs and players. Show it in its folder, and open it from there.";
    words.hidden = false;
    if (file.thumb) video.replaceWith(el("img", { src: file.thumb, alt: nameOf(file) }));
  };
  video.addEventListener("error", cannot);
  video.addEventListener("loadedmetadata", () => video.videoWidth === 0 && cannot());
  return video;
}

async function useLook(file, link) {
  try {
    await link.act("look", "use_recipe", { id: file.id });
    toast(`The look of ${nameOf(file)} is yours to work on`, "good");
    link.emit("go", "look");
  } catch (error) {
    complain(error);
  }
}

async function showRecipe(file, link, recipe) {
  recipe.hidden = !recipe.hidden;
  if (recipe.textContent) return;
  try {
    const answer = await link.act("look", "recipe", { id: file.id });
    recipe.textContent = `${answer.command_line}\n\n${answer.text}`;
  } catch (error) {
    complain(error);
  }
}
