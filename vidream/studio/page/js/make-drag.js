/** Reordering by the mouse: cards of a list are dragged between others. @module */

/**
 * Let draggable children of a list be dropped between its children.
 * @param {HTMLElement} list its children have data-id.
 * @param {(id: string, before: string|null) => void} moved called when one was dropped elsewhere.
 */
export function wireDrag(list, moved) {
  let dragged = null;
  const clear = () => list.querySelectorAll(".over, .after").forEach((each) => each.classList.remove("over", "after"));
  list.addEventListener("dragstart", (event) => {
    dragged = event.target.closest?.("[data-id]");
    if (!dragged?.draggable) return;
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("application/x-vidream-film", dragged.dataset.id);
    dragged.classList.add("dragged");
  });
  list.addEventListener("dragover", (event) => {
    const over = event.target.closest?.("[data-id]");
    if (!dragged || !over) return;
    event.preventDefault();
    event.stopPropagation();
    clear();
    const box = over.getBoundingClientRect();
    over.classList.add(event.clientY > box.top + box.height / 2 ? "after" : "over");
  });
  list.addEventListener("drop", (event) => {
    const over = event.target.closest?.("[data-id]");
    if (!dragged || !over) return;
    event.preventDefault();
    event.stopPropagation();
    const before = over.classList.contains("after") ? over.nextElementSibling : over;
    if (over !== dragged && before !== dragged) moved(dragged.dataset.id, before?.dataset.id ?? null);
  });
  list.addEventListener("dragend", () => {
    dragged?.classList.remove("dragged");
    dragged = null;
    clear();
  });
}
