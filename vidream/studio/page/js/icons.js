/** Icons, drawn for the studio on a field of 16 by 16, in lines of the colour of the words beside them. @module */

import { svg } from "./dom.js";

const PATHS = {
  add: "M8 3v10M3 8h10",
  back: "M10 3 5 8l5 5",
  canvas: "M2.5 3.5h11v9h-11zM2.5 10l3-3 3 3 2-2 3 3",
  camera: "M1.5 4.5h9v7h-9zM10.5 7l4-2v6l-4-2z",
  cancel: "M4 4l8 8M12 4l-8 8",
  check: "M3 8.5 6.5 12 13 4.5",
  chevron: "M6 3.5 10.5 8 6 12.5",
  copy: "M6 6h7v7H6zM10 6V3H3v7h3",
  curve: "M1.5 11c3 0 3-6 6.5-6s3.5 6 6.5 6",
  dice: "M3 3h10v10H3zM5.8 5.8h.01M10.2 10.2h.01M8 8h.01",
  down: "M3.5 6 8 10.5 12.5 6",
  error: "M8 2 1.5 13.5h13zM8 6.5V10M8 11.8v.01",
  file: "M4 1.5h5l3 3v10H4zM9 1.5v3h3",
  film: "M2 3.5h12v9H2zM5 3.5v9M11 3.5v9M2 6.5h3M2 9.5h3M11 6.5h3M11 9.5h3",
  fit: "M2.5 6v-3.5H6M10 2.5h3.5V6M13.5 10v3.5H10M6 13.5H2.5V10",
  folder: "M1.5 4V12.5h13V5H8L6.5 3.5h-5z",
  forward: "M6 3l5 5-5 5",
  full: "M6 2.5H2.5V6M10 13.5h3.5V10M2.5 2.5l4 4M13.5 13.5l-4-4",
  help: "M8 14a6 6 0 1 0 0-12 6 6 0 0 0 0 12zM6.2 6.3a1.8 1.8 0 1 1 2.6 1.6c-.6.3-.8.6-.8 1.3M8 11.3v.01",
  info: "M8 14a6 6 0 1 0 0-12 6 6 0 0 0 0 12zM8 7.3v3.5M8 5v.01",
  layers: "M8 2 1.5 5.5 8 9l6.5-3.5zM1.5 8.5 8 12l6.5-3.5M1.5 11.2 8 14.7l6.5-3.5",
  link: "M6.5 9.5l3-3M7 5l1.5-1.5a2.5 2.5 0 0 1 4 4L11 9M9 11l-1.5 1.5a2.5 2.5 0 0 1-4-4L5 7",
  lock: "M4 7h8v6.5H4zM5.5 7V5a2.5 2.5 0 0 1 5 0v2",
  loop: "M3 8V6.5A2.5 2.5 0 0 1 5.5 4H13M11 2l2 2-2 2M13 8v1.5A2.5 2.5 0 0 1 10.5 12H3M5 14l-2-2 2-2",
  more: "M3 8h.01M8 8h.01M13 8h.01",
  mix: "M5.7 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM10.3 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8z",
  move: "M8 2v12M5 5l3-3 3 3M5 11l3 3 3-3",
  music: "M6 12V3.5L13 2v8.5M6 12a1.8 1.8 0 1 1-3.6 0A1.8 1.8 0 0 1 6 12zM13 10.5a1.8 1.8 0 1 1-3.6 0 1.8 1.8 0 0 1 3.6 0z",
  noise: "M3 4h.01M6.5 3h.01M10 5h.01M13 3.5h.01M4.5 7h.01M8 8h.01M12 8.5h.01M3 11h.01M6.5 12.5h.01M10 11.5h.01M13 12.5h.01",
  open: "M9 2.5h4.5V7M13.5 2.5 7 9M11.5 9.5v4h-9v-9h4",
  pause: "M5.5 3v10M10.5 3v10",
  picture: "M2 3h12v10H2zM2 11l3.5-3.5L9 11l2-2 3 3M10.5 6.2v.01",
  play: "M4.5 2.8v10.4L13 8z",
  record: "M8 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8z",
  redo: "M13 6.5H6a3.5 3.5 0 0 0 0 7h3M10 3.5l3 3-3 3",
  remove: "M3 8h10",
  reset: "M3 3v3.5h3.5M3.2 6.5A5.2 5.2 0 1 1 2.8 9",
  retry: "M13 3v3.5H9.5M12.8 6.5A5.2 5.2 0 1 0 13.2 9",
  save: "M2.5 2.5h9l2 2v9h-11zM5 2.5v3.5h5V2.5M5 13.5V9h6v4.5",
  screen: "M1.5 3h13v8.5h-13zM5.5 14h5M8 11.5V14",
  search: "M7 11.5a4.5 4.5 0 1 0 0-9 4.5 4.5 0 0 0 0 9zM10.3 10.3 14 14",
  sound: "M2.5 6v4H5l3.5 3V3L5 6zM11 5.5a3.5 3.5 0 0 1 0 5M12.8 3.5a6 6 0 0 1 0 9",
  split: "M8 2v12M5 5.5 2.5 8 5 10.5M11 5.5 13.5 8 11 10.5",
  star: "M8 2l1.8 3.9 4.2.5-3.1 2.9.8 4.2L8 11.4l-3.7 2.1.8-4.2L2 6.4l4.2-.5z",
  stop: "M4 4h8v8H4z",
  trash: "M2.5 4h11M6 4V2.5h4V4M4 4l.7 9.5h6.6L12 4M6.7 6.5v4.5M9.3 6.5v4.5",
  undo: "M3 6.5h7a3.5 3.5 0 0 1 0 7H7M6 3.5l-3 3 3 3",
  up: "M3.5 10 8 5.5l4.5 4.5",
  upload: "M8 10.5V2.5M4.5 6 8 2.5 11.5 6M2.5 10.5v3h11v-3",
  zoom: "M7 11.5a4.5 4.5 0 1 0 0-9 4.5 4.5 0 0 0 0 9zM10.3 10.3 14 14M7 5v4M5 7h4",
};

/** The names of all icons. */
export const ICONS = Object.keys(PATHS);

/**
 * An icon; a reader does not speak it, so what it stands on needs a name.
 * @param {string} name one of ICONS.
 * @returns {SVGElement}
 */
export function icon(name) {
  if (!PATHS[name]) throw new Error(`no icon "${name}"`);
  return svg("svg", { class: "icon-svg", viewBox: "0 0 16 16", "aria-hidden": "true" }, svg("path", { d: PATHS[name] }));
}
