/** What stands above the cells of a shelf: whose channels, like which picture, a search for things. @module */

import { el, refill } from "./dom.js";
import { icon } from "./icons.js";
import { iconButton } from "./parts.js";
import { complain } from "./toast.js";

const MOST_FOUND = 30;
let classes = null;

/**
 * The head of a shelf.
 * @param {object} told the room's snapshot.
 * @param {import("./link.js").Link} link
 * @param {(what: object) => void} show shows another shelf.
 * @returns {HTMLElement[]}
 */
export function shelfHead(told, link, show) {
  const noise = told.noise ? [el("p", { class: "gallery-note" }, "Dreamed from noise, until you choose a film or a picture.")] : [];
  const head = { channels: channelHead, like: likeHead, classes: classHead }[told.shelf];
  return [...noise, ...(head ? head(told, link, show) : [])];
}

function channelHead(told, link, show) {
  const select = el("select", { "aria-label": "Layer", onchange: () => show({ shelf: "channels", layer: select.value }) });
  select.append(...told.layers.map((name) => el("option", { value: name, selected: name === told.layer }, name)));
  const number = el("input", { type: "text", placeholder: "no. 17", "aria-label": "Channel by its number, such as 17 or 17,40-44", class: "gallery-number" });
  const find = (event) => {
    event.preventDefault();
    if (number.value.trim()) link.act("gallery", "channel", { text: number.value.trim() }).then(() => (number.value = "")).catch(complain);
  };
  return [
    el(
      "form",
      { class: "row gallery-row", onsubmit: find },
      iconButton("back", "Back to the layers", () => show({ shelf: "layers" }), { kind: "quiet small" }),
      select, number,
    ),
    el("p", { class: "gallery-note" }, "First those that your frame excites most."),
  ];
}

function likeHead(told, link, show) {
  const strip = el("div", { class: "gallery-pictures", role: "radiogroup", "aria-label": "A picture" });
  const fill = (files) => {
    const pictures = (files?.files ?? []).filter((file) => file.kind === "picture");
    refill(strip, ...pictures.map((file) => pictureButton(file, told.like === file.id, () => show({ shelf: "like", like: file.id }))));
    if (!pictures.length) refill(strip, el("p", { class: "gallery-note" }, "There is no picture in the folder yet: drop one anywhere on this page."));
  };
  link.on("files", (files) => strip.isConnected && fill(files));
  fill(link.last.get("files"));
  return [el("p", { class: "gallery-note" }, "What dreams something like a picture? Choose one:"), strip];
}

function pictureButton(file, on, act) {
  const shown = file.thumb ? el("img", { src: file.thumb, alt: "", loading: "lazy" }) : icon("picture");
  return el("button", { type: "button", role: "radio", class: "card", "aria-checked": String(on), "aria-label": file.name, title: file.name, onclick: act }, shown);
}

function classHead(told, link) {
  const found = el("div", { class: "gallery-found" });
  const field = el("input", { type: "search", placeholder: "goldfish, castle, dogs …", "aria-label": "Find a thing to dream towards" });
  const act = (name) => link.act("gallery", "try", { name }).then(() => {
    field.value = "";
    refill(found);
  }).catch(complain);
  const look = async () => {
    const word = field.value.trim().toLowerCase();
    classes ??= await (await fetch("/gallery/classes")).json();
    const all = [...Object.keys(classes.groups), ...classes.classes];
    const names = word ? all.filter((name) => name.toLowerCase().includes(word)) : [];
    names.sort((a, b) => Number(!a.toLowerCase().startsWith(word)) - Number(!b.toLowerCase().startsWith(word)));
    const chips = names.slice(0, MOST_FOUND).map((name) => chip(name, () => act(name)));
    refill(found, ...chips, word && !names.length ? el("p", { class: "gallery-note" }, "None of the 1000 things that the network knows.") : null);
  };
  field.addEventListener("input", () => look().catch(complain));
  field.addEventListener("keydown", (event) => {
    const first = found.querySelector("button");
    if (event.key === "Enter" && first) first.click();
  });
  return [el("p", { class: "gallery-note" }, "Dream towards a thing. Find more:"), field, found];
}

function chip(name, act) {
  const size = classes.groups[name];
  return el("button", { type: "button", class: "chip", onclick: act }, name, size ? el("span", { class: "tag" }, `${size}`) : null);
}
