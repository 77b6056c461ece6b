/** Cards of the folder's files: a small picture, a name, how long and how large. @module */

import { el, svg } from "./dom.js";

const PATHS = {
  song: "M9 18V5l11-2v13M9 18a3 3 0 1 1-3-3 3 3 0 0 1 3 3zm11-2a3 3 0 1 1-3-3 3 3 0 0 1 3 3z",
  film: "M3 5h18v14H3zM8 5v14M16 5v14M3 10h5M3 14h5M16 10h5M16 14h5",
  picture: "M3 5h18v14H3zM3 16l5-5 4 4 4-5 5 6M9 9a1 1 0 1 1-2 0 1 1 0 0 1 2 0z",
  folder: "M3 6h6l2 2h10v11H3z",
  noise: "M5 6h.01M9 9h.01M14 5h.01M18 8h.01M6 13h.01M11 13h.01M16 12h.01M19 16h.01M8 18h.01M13 17h.01M4 9h.01M15 19h.01",
};

/** A drawing of one line. @param {keyof PATHS} name */
export const icon = (name) =>
  svg(
    "svg",
    { class: "icon", viewBox: "0 0 24 24", "aria-hidden": "true" },
    svg("path", { d: PATHS[name], fill: "none", stroke: "currentColor", "stroke-width": name === "noise" ? 2.4 : 1.6, "stroke-linecap": "round", "stroke-linejoin": "round" }),
  );

/** Seconds as people read them. @param {number} seconds */
export function time(seconds) {
  const whole = Math.max(1, Math.round(seconds));
  const parts = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const [hours, minutes, rest] = parts;
  if (hours) return `${hours}:${String(minutes).padStart(2, "0")}:${String(rest).padStart(2, "0")}`;
  return `${minutes}:${String(rest).padStart(2, "0")}`;
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

/** Its small picture, or a drawing. @param {object|null} file @param {string} kind */
export function small(file, kind = file.kind) {
  if (!file?.thumb) return el("span", { class: "thumb drawn" }, icon(kind));
  return el("img", { class: "thumb", src: file.thumb, alt: "", loading: "lazy", draggable: false });
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
  const button = el(
    "button",
    {
      class: "file-choice",
      type: "button",
      "aria-pressed": String(chosen),
      title: bad ? `${file.name}: ${file.problem}` : file.name,
      disabled: bad,
      onclick: choose,
    },
    small(file),
    el("span", { class: "file-name truncate" }, base),
    el("span", { class: `file-about truncate small ${bad ? "problem" : "faint"}` }, folder && `${folder} · `, about(file)),
  );
  const use = useLook && el("button", { class: "button file-use small", type: "button", onclick: useLook, title: "take over the look that this was made with" }, "Use its look");
  return el("li", { class: "file-card", "data-id": file.id }, button, use);
}

/** A file that is coming. @param {object} upload @param {() => void} leave */
export function coming(upload, leave) {
  const share = upload.size ? upload.sent / upload.size : 0;
  const bar = el("div");
  bar.style.width = `${100 * share}%`;
  let state = "waiting";
  if (upload.checking) state = "looking at it";
  else if (upload.request) state = `${Math.floor(100 * share)} %`;
  const progress = el("div", { class: "progress", role: "progressbar", "aria-label": upload.name, "aria-valuenow": Math.round(100 * share) }, bar);
  const cancel = el("button", { class: "button quiet icon", type: "button", "aria-label": `leave ${upload.name}`, title: "leave it", onclick: leave }, "✕");
  return el("li", { class: "file-coming" }, el("span", { class: "truncate", title: upload.name }, upload.name), el("span", { class: "soft small" }, state), cancel, progress);
}
