/** The look as text, TOML or a command line: read, copied, changed; what is wrong with it is said while it is typed. @module */

import { el } from "./dom.js";
import { button } from "./parts.js";
import { toast } from "./toast.js";

const PAUSE = 350; // ms without a key, after which the text is checked

/**
 * A text of the look.
 * @param {import("./look_model.js").LookModel} model
 * @param {{action: string, field: string, label: string, about: string}} what action: that takes it; field: of the snapshot.
 * @returns {{element: HTMLElement, show: () => void}}
 */
export function lookText(model, { action, field, label, about }) {
  const area = el("textarea", { class: "look-text", "aria-label": label, spellcheck: false, autocomplete: "off" });
  const said = el("p", { class: "problem", role: "status", "aria-live": "polite", hidden: true });
  const use = button("Use", () => void take(), { kind: "primary", tip: "Make the look what the text says", key: "Ctrl Enter" });
  const revert = button("Revert", () => settle(), { kind: "quiet", tip: "Back to the look as it is" });
  const copy = button("Copy", () => void put(area.value), { kind: "quiet", icon: "copy" });
  let timer = 0;
  let asked = 0;
  const dirty = () => area.value !== area.dataset.kept;
  const say = (text) => {
    said.textContent = text;
    said.hidden = !text;
    area.setAttribute("aria-invalid", String(Boolean(text)));
  };
  const mark = () => {
    use.disabled = revert.disabled = !dirty();
  };
  function settle() {
    clearTimeout(timer);
    area.dataset.kept = area.value = model.look[field];
    say("");
    mark();
  }
  async function check() {
    const turn = (asked += 1);
    const problem = await model.link.act("look", action, { text: area.value, check: true }).then(() => "", (error) => error.problem ?? error.message);
    if (turn === asked && dirty()) say(problem);
  }
  async function take() {
    clearTimeout(timer);
    asked += 1;
    const kept = area.value;
    try {
      await model.link.act("look", action, { text: kept });
      area.dataset.kept = kept;
      settle();
    } catch (error) {
      say(error.problem ?? error.message);
    }
  }
  area.addEventListener("input", () => {
    mark();
    clearTimeout(timer);
    if (!dirty()) say("");
    else timer = setTimeout(() => void check(), PAUSE);
  });
  area.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    if (dirty()) void take();
  });
  return {
    element: el("div", { class: "look-page" }, el("p", { class: "soft small" }, about), area, said, el("div", { class: "row" }, use, revert, el("span", { class: "spring" }), copy)),
    show() {
      if (area.dataset.kept === undefined || !dirty()) settle();
      else mark();
    },
  };
}

async function put(text) {
  try {
    await navigator.clipboard.writeText(text);
    toast("Copied", "good");
  } catch {
    toast("The browser does not let the studio copy; select the text and press Ctrl C", "bad");
  }
}

