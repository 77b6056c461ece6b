/** The bar at the top and the banner: undo, redo, help, and word of a studio that is gone. @module */

import { el, refill } from "./dom.js";
import { openHelp } from "./help.js";
import { onKey } from "./keys.js";
import { iconButton } from "./parts.js";
import { complain } from "./toast.js";

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
  link.on("link", async (open) => {
    banner.hidden = open;
    if (open) return;
    refill(banner, ...closed());
    if (await isStranger()) refill(banner, ...replaced());
  });
}

const closed = () => [
  el("span", {}, "The studio was closed. Start it again in a terminal: "),
  el("code", {}, "vidream studio"),
  el("span", {}, " Nothing is lost; films that are being made go on."),
];

const replaced = () => [el("span", {}, "The studio was started anew. Go on in the page that it opened; this one may be closed.")];

/** Whether a server answers that does not know this page. */
async function isStranger() {
  try {
    return (await fetch("/", { cache: "no-store" })).status === 403;
  } catch {
    return false;
  }
}
