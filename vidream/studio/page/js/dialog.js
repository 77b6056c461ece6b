/** Dialogs: modal, closed by Escape, by a click beside them and by their buttons; focus returns to where it was. @module */

import { el } from "./dom.js";
import { icon } from "./icons.js";

let count = 0;

/**
 * Open a dialog.
 * @param {{title: string, body: Node[], buttons?: Node[], wide?: boolean, onClose?: () => void}} parts body: what stands in it; buttons:
 *   its foot, the one that does it last.
 * @returns {{element: HTMLDialogElement, close: () => void}}
 */
export function openDialog({ title, body, buttons = [], wide = false, onClose = () => {} }) {
  const id = `dialog-${(count += 1)}`;
  const element = el(
    "dialog",
    { class: wide ? "wide" : "", "aria-labelledby": id },
    el(
      "div",
      { class: "dialog-head" },
      el("h2", { id }, title),
      el("button", { type: "button", class: "button quiet icon", "aria-label": "Close", onclick: () => element.close() }, icon("cancel")),
    ),
    el("div", { class: "dialog-body" }, ...body),
    buttons.length ? el("div", { class: "dialog-foot" }, ...buttons) : null,
  );
  element.addEventListener("pointerdown", (event) => {
    if (event.target === element) element.close(); // the backdrop is the dialog's own; what is inside has parts of its own
  });
  element.addEventListener("close", () => {
    element.remove();
    onClose();
  });
  document.body.append(element);
  element.showModal();
  return { element, close: () => element.close() };
}

/**
 * Ask before something is done.
 * @param {{title: string, text: string, yes: string, danger?: boolean}} question yes: what its button says, a verb.
 * @returns {Promise<boolean>} whether it shall be done.
 */
export function confirm({ title, text, yes, danger = false }) {
  return new Promise((answer) => {
    let said = false;
    const say = () => {
      said = true;
      dialog.close();
    };
    const dialog = openDialog({
      title,
      body: [el("p", { class: "soft" }, text)],
      buttons: [
        el("button", { type: "button", class: "button", onclick: () => dialog.close() }, "Cancel"),
        el("button", { type: "button", class: danger ? "button danger" : "button primary", autofocus: true, onclick: say }, yes),
      ],
      onClose: () => answer(said),
    });
  });
}
