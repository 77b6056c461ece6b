/** Cards of the folder's files: a small picture, a name, how long and how large. @module */

import { el } from "./dom.js";
import { icon } from "./icons.js";
import { button, iconButton, progress } from "./parts.js";

const DRAWN = { song: "music", film: "film", picture: "picture", noise: "noise" };

/** Seconds as people read them. @param {number} seconds */
export function time(seconds) {
  const whole = Math.max(1, Math.round(seconds));
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const two = (number) => String(number).padStart(2, "0");
  return hours ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
}

/** The last part of a file's name, and the folder that it lies in. @param {string} name */
export function nameParts(name) {
  const cut = name.lastIndexOf("/") + 1;
  return [name.slice(cut), name.slice(0, cut)];
}

/** What is known of a file, in a few words. @param {object} file of the room's snapshot. */
export function about(file) {
  if (!file.looked) return "…";
  if (file.problem) return file.problem;
  const parts = [];
  if (file.seconds) parts.push(time(file.seconds));
  if (file.width) parts.push(`${file.width}×${file.height}`);
  return parts.join(" · ");
}

/** A small picture, or a drawing where there is none. @param {string} kind of file, or "noise" @param {string|null} address */
export function small(kind, address = null) {
  if (!address) return el("span", { class: "thumb drawn" }, icon(DRAWN[kind]));
  return el("img", { class: "thumb", src: address, alt: "", loading: "lazy", draggable: false });
}

/**
 * A card that can be chosen.
 * @param {object} file
 * @param {boolean} chosen
 * @param {() => void} choose
 * @param {(() => void)|null} useLook what the button "Use its look" does; null: it has none.
 */
export function card(file, chosen, choose, useLook = null) {
  const [base, folder] = nameParts(file.name);
  const bad = Boolean(file.problem);
  const title = bad ? `${file.name}: ${file.problem}` : file.name;
  const words = el("span", { class: `file-about truncate small ${bad ? "problem" : "faint"}` }, folder && `${folder} · `, about(file));
  const choice = el(
    "button",
    { type: "button", class: "card file-choice", "aria-pressed": String(chosen), title, disabled: bad, onclick: choose },
    small(file.kind, file.thumb),
    el("span", { class: "file-name truncate" }, base),
    words,
  );
  const use = useLook && button("Use its look", useLook, { kind: "small file-use", tip: "Take over the look that this was dreamed with" });
  return el("li", { class: "file-card", "data-id": file.id }, choice, use);
}

/** The card of noise. @param {boolean} chosen @param {() => void} choose */
export function noiseCard(chosen, choose) {
  const choice = el(
    "button",
    { type: "button", class: "card file-choice", "aria-pressed": String(chosen), onclick: choose },
    small("noise"),
    el("span", { class: "file-name" }, "Noise"),
    el("span", { class: "file-about faint small" }, "out of nothing"),
  );
  return el("li", { class: "file-card", "data-id": "noise" }, choice);
}

/** How far a file is that comes, 0 to 1. @param {object} upload */
export const share = (upload) => (upload.size ? Math.min(1, upload.sent / upload.size) : 0);

/** A file that is coming. @param {object} upload @param {() => void} leave */
export function coming(upload, leave) {
  const bar = progress(upload.name);
  bar.show(upload.checking ? null : share(upload));
  let state = "waiting";
  if (upload.checking) state = "looking at it";
  else if (upload.request) state = `${Math.floor(100 * share(upload))} %`;
  const cancel = iconButton("cancel", `Leave ${upload.name}`, leave, { kind: "quiet small" });
  return el("li", { class: "file-coming" }, el("span", { class: "truncate", title: upload.name }, upload.name), el("span", { class: "soft small" }, state), cancel, bar);
}
