/** The bar at the top and the banner: undo, redo, help, and word of a studio that is gone. @module */

import { el, refill } from "./dom.js";
import { openHelp } from "./help.js";
import { icon } from "./icons.js";
import { onKey } from "./keys.js";
import { iconButton } from "./parts.js";
import { complain } from "./toast.js";

const PATIENCE = 700; // milliseconds that a socket may be away without a word

/** Undo, redo and help, by button and by key. @param {import("./link.js").Link} link */
export function wireTop(link) {
  const act = (name) => link.act("look", name).catch(complain);
  const undo = iconButton("undo", "Undo", () => act("undo"), { key: "Ctrl Z" });
  const redo = iconButton("redo", "Redo", () => act("redo"), { key: "Ctrl Shift Z" });
  const help = iconButton("help", "Help", openHelp, { key: "?" });
  undo.disabled = redo.disabled = true;
  link.on("look", (look) => {
    undo.disabled = !look?.undo;
    redo.disabled = !look?.redo;
  });
  document.getElementById("top-edit").append(undo, redo, el("span", { class: "divider" }), help);
  onKey("Ctrl+z", "Undo", () => !undo.disabled && act("undo"));
  onKey("Ctrl+Shift+z", "Redo", () => !redo.disabled && act("redo"));
  onKey("Ctrl+y", "Redo", () => !redo.disabled && act("redo"));
  onKey("?", "Show this help", openHelp);
}

/** Say it across the page when the server is gone; it goes when the server is back. @param {import("./link.js").Link} link */
export function wireBanner(link) {
  const banner = document.getElementById("banner");
  let timer = 0;
  link.on("link", (open) => {
    clearTimeout(timer);
    if (open) banner.hidden = true;
    else timer = setTimeout(() => say(banner), PATIENCE);
  });
}

function say(banner) {
  refill(
    banner,
    icon("error"),
    el("span", {}, "The studio was closed. Start it again in a terminal: "),
    el("code", {}, "vidream studio"),
    el("span", {}, " It opens a page where everything is as it was."),
  );
  banner.hidden = false;
}
