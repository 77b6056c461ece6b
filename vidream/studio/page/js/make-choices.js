/** What is chosen when films are queued: form, size, quality, length; the words are those of the command line. @module */

import { el, refill } from "./dom.js";
import { px } from "./make-words.js";
import { segmented } from "./parts.js";
import { tip } from "./tip.js";

const QUALITIES = [["", "good"], ["small", "small"], ["master", "master"]];
let kept = null;

/** What may be chosen, as the server tells it; asked for anew, as looks come and go. @returns {Promise<object>} */
export async function offers() {
  const answer = await fetch("/queue/offers", { cache: "no-store" });
  return (kept = answer.ok ? await answer.json() : kept);
}

/** A row of a form: what it is, and what chooses it. */
export function field(label, control, hint = "") {
  const id = `choice-${Math.random().toString(36).slice(2)}`;
  control.id ||= id;
  const words = el("label", { class: "soft", for: control.id }, label);
  return el("div", { class: "make-field" }, hint ? tip(words, hint) : words, control);
}

/**
 * The choices of a command.
 * @param {object} offered what `offers` gives.
 * @param {() => void} changed called whenever something is chosen.
 * @returns {{rows: HTMLElement, command: (name: string) => void, value: () => object}}
 */
export function choices(offered, changed) {
  const form = el("select", { onchange: changed });
  const format = el("select", { onchange: () => {
    size.parentElement.hidden = format.value !== "own";
    if (format.value === "own") size.focus();
    changed();
  } });
  const size = el("input", { type: "text", placeholder: "1280, 1280x720 or 1280max", onchange: changed });
  const length = el("input", { type: "text", placeholder: "all of it; or 10s, 300 (frames), 8bars", onchange: changed });
  const quality = segmented("Quality", QUALITIES, "", changed);
  const draft = el("input", { type: "checkbox", class: "switch", onchange: changed });
  const rows = {
    form: field("Write", form),
    for_: field("Size", format),
    size: field("", size),
    quality: field("Quality", quality, "small to send, good to keep, master to work on"),
    length: field("Length", length),
    draft: field("Draft", draft, "Small and fast, with the same camera, seeds and timing: to see the whole of it first"),
  };
  const sizes = Object.entries(offered.formats).map(([name, size]) => el("option", { value: name }, `${name} · ${px(size)}`));
  refill(format, el("option", { value: "" }, "as the source, or the look says"), ...sizes, el("option", { value: "own" }, "another …"));
  size.setAttribute("aria-label", "Size");
  let family = "";
  const command = (name) => {
    const other = name === "image" ? "picture" : "film";
    if (family !== other) refill(form, ...offered.forms[name].map((each) => el("option", { value: each.name }, each.about)));
    family = other;
    const takes = new Set(offered.takes[name]);
    rows.for_.hidden = !takes.has("for_") && !takes.has("size");
    rows.size.hidden = rows.for_.hidden || format.value !== "own";
    rows.quality.hidden = !takes.has("quality");
    rows.length.hidden = !takes.has("length");
  };
  const value = () => ({
    form: form.value,
    for: rows.for_.hidden || format.value === "own" ? "" : format.value,
    size: rows.size.hidden ? "" : size.value.trim(),
    quality: rows.quality.hidden ? "" : quality.value,
    length: rows.length.hidden ? "" : length.value.trim(),
    draft: draft.checked,
  });
  return { rows: el("div", { class: "make-form" }, ...Object.values(rows)), command, value };
}
