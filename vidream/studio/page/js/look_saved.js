/** Looks by name: the one that is worked on, those that are saved, saving one; and the look of a film that was made here. @module */

import { confirm, openDialog } from "./dialog.js";
import { el } from "./dom.js";
import { openMenu } from "./menu.js";
import { button } from "./parts.js";
import { complain, toast } from "./toast.js";

const shown = (name) => name.replace(/^looks\//, "").replace(/\.toml$/, "");

/** What the look is called now: its preset, or that it has none. @param {object} look */
export const nameOf = (look) => (look.preset ? shown(look.preset) : "No preset");

/** Open the menu of looks that are saved. */
export async function openSaved(model, anchor) {
  const answer = await fetch("/look/saved").then((got) => got.json()).catch(() => ({ looks: [] }));
  const act = (action, body) => () => void model.link.act("look", action, body).catch(complain);
  const none = Object.fromEntries(Object.keys(model.look.knobs).map((name) => [name, null]));
  const saved = answer.looks.map((name) => ({ label: shown(name), checked: name === model.look.preset, act: act("load", { name }) }));
  openMenu(anchor, [
    { title: "Looks of this folder" },
    ...(saved.length ? saved : [{ label: "None is saved yet", disabled: true }]),
    "-",
    { label: "Save this look…", icon: "save", act: () => openSave(model) },
    { label: "Drop all changes", icon: "reset", disabled: !Object.keys(model.look.knobs).length, act: act("set_many", { knobs: none }) },
    { label: "Begin without a preset", disabled: !model.look.preset, act: act("preset", { name: "" }) },
  ]);
}

/** Ask for a name, and save the look under it. */
export function openSave(model) {
  const field = el("input", { type: "text", id: "save-name", value: model.look.saved ? shown(model.look.saved) : "", placeholder: "red coral", maxLength: 100, autofocus: true });
  const problem = el("p", { class: "problem", role: "status", hidden: true });
  const save = button("Save", () => void put(false), { kind: "primary" });
  const dialog = openDialog({
    title: "Save the look",
    body: [
      el("label", { class: "column", for: "save-name" }, el("span", { class: "soft small" }, "Name"), field),
      el("p", { class: "faint small save-hint" }, "A file in looks/ in your folder; the command line takes it as --preset."),
      problem,
    ],
    buttons: [button("Cancel", () => dialog.close()), save],
  });
  async function put(overwrite) {
    try {
      const { name } = await model.link.act("look", "save", { name: field.value, overwrite });
      dialog.close();
      toast(`Saved as ${name}`, "good");
    } catch (error) {
      const there = !overwrite && / is there already/.test(error.problem ?? "");
      if (there && (await confirm({ title: "Replace it?", text: `There is a look of that name: ${error.problem.split(":")[0]}.`, yes: "Replace", danger: true }))) await put(true);
      else if (!there) {
        problem.textContent = error.problem ?? error.message;
        problem.hidden = false;
        field.focus();
      }
    }
  }
  field.addEventListener("keydown", (event) => {
    if (event.key === "Enter") void put(false);
  });
  field.select();
}

/**
 * Offer the look of a film or a picture that vidream made; nothing happens where it says none.
 * @param {import("./link.js").Link} link
 * @param {{id: string, name: string}} file
 */
export async function offerRecipe(link, { id, name }) {
  const recipe = await link.act("look", "recipe", { id }).catch(() => null);
  if (!recipe) return;
  const use = await confirm({ title: "Use its look?", text: `${name} was made by vidream, and says how. Its look can be taken up here; undo brings back the one that is there.`, yes: "Use its look" });
  if (use) await link.act("look", "use_recipe", { id }).then(() => toast(`The look of ${name}`, "good"), complain);
}
