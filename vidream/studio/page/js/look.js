/** The Tune panel: every knob of the look, and the look as TOML and as a command line. @module */

import { el } from "./dom.js";
import { onKey } from "./keys.js";
import { knobList } from "./look_knobs.js";
import { LookModel } from "./look_model.js";
import { nameOf, offerRecipe, openSave, openSaved } from "./look_saved.js";
import { lookText } from "./look_text.js";
import { iconButton, segmented } from "./parts.js";
import { wireTabs } from "./tabs.js";
import { complain, toast } from "./toast.js";

const COMMANDS = [["video", "Film"], ["zoom", "Zoom"], ["image", "Picture"], ["music", "Music"]];
const TABS = [["knobs", "Knobs"], ["toml", "TOML"], ["words", "Command"]];

/**
 * Fill the room's region, once.
 * @param {HTMLElement} element its region.
 * @param {import("./link.js").Link} link what leads to the server.
 */
export function mount(element, link) {
  const model = new LookModel(link);
  model.begin().then(() => furnish(element, model), complain);
  link.when("recipe", (file) => void offerRecipe(link, file));
}

function furnish(element, model) {
  const knobs = knobList(model);
  const texts = {
    toml: lookText(model, { action: "toml", field: "toml", label: "The look as TOML", about: "The look as a preset file. What you change here is checked as you type." }),
    words: lookText(model, { action: "command_line", field: "command_line", label: "The command line", about: "What makes this, typed in a terminal in your folder." }),
  };
  const top = heading(model, knobs);
  const wrong = el("p", { class: "problem look-problem", role: "status", hidden: true });
  const pages = {
    knobs: el("div", { class: "look-knobs" }, top.element, wrong, el("div", { class: "panel-body look-scroll" }, knobs.element)),
    toml: texts.toml.element,
    words: texts.words.element,
  };
  const list = el("div", { class: "tabs", role: "tablist", "aria-label": "Tune" });
  for (const [name, words] of TABS) {
    Object.assign(pages[name], { id: `look-${name}`, role: "tabpanel" });
    pages[name].setAttribute("aria-label", words);
    list.append(el("button", { type: "button", role: "tab", id: `look-tab-${name}`, "aria-controls": `look-${name}`, "aria-selected": String(name === "knobs") }, words));
  }
  const save = iconButton("save", "Save the look", () => openSave(model), { key: "Ctrl S" });
  element.append(el("div", { class: "panel-head" }, list, el("span", { class: "spring" }), save), ...Object.values(pages));
  const choose = wireTabs(list);
  onKey("Ctrl+s", "Save the look", () => openSave(model));
  onKey("/", "Search the knobs", () => {
    choose(list.firstElementChild);
    top.search.focus();
  });
  const show = () => {
    top.show();
    knobs.show();
    texts.toml.show();
    texts.words.show();
    wrong.textContent = model.problem("");
    wrong.hidden = !wrong.textContent;
  };
  model.listen(show);
  model.tell();
}

function heading(model, knobs) {
  const command = segmented("What is made", COMMANDS, "video", (name) => void turn(name));
  command.classList.add("look-command");
  const turn = async (name) => {
    const answer = await model.ask("", "command", { name });
    if (!answer) command.value = model.look.command;
    else if (answer.left_out.length) toast(`Left out, as it has no such knob: ${answer.left_out.join(", ").replaceAll("_", " ")}. Undo brings them back`);
  };
  const word = el("span", { class: "truncate" });
  const name = el("button", { type: "button", class: "button quiet look-name", "aria-haspopup": "menu", "aria-expanded": "false" }, word, el("span", { class: "look-changed", "aria-hidden": "true" }));
  name.addEventListener("click", () => void openSaved(model, name));
  const search = el("input", { type: "search", class: "look-search", placeholder: "Search knobs", "aria-label": "Search knobs", spellcheck: false });
  search.addEventListener("input", () => knobs.search(search.value));
  search.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    search.value = "";
    knobs.search("");
    search.blur();
  });
  return {
    element: el("div", { class: "look-top" }, command, el("div", { class: "row" }, name, search)),
    search,
    show() {
      const changed = Object.keys(model.look.knobs).length;
      command.value = model.look.command;
      word.textContent = nameOf(model.look);
      name.classList.toggle("changed", changed > 0);
      name.setAttribute("aria-label", `Look: ${word.textContent}${changed ? `, ${changed} knobs changed` : ""}`);
    },
  };
}
