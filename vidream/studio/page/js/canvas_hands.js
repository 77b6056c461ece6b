/** What moves the picture: the wheel, two fingers, dragging, and the divider between before and after. @module */

import { el } from "./dom.js";

const STEP = 0.02;

/** Zoom by the wheel and by pinching, move by dragging; a double click goes between "fit" and 100 %. @param {import("./canvas_view.js").View} view */
export function wireHands(view) {
  const { canvas } = view;
  const at = (event) => {
    const box = canvas.getBoundingClientRect();
    return [((event.clientX - box.left) * canvas.width) / box.width, ((event.clientY - box.top) * canvas.height) / box.height];
  };
  canvas.addEventListener("wheel", (event) => {
    event.preventDefault();
    const strength = event.ctrlKey ? 0.01 : 0.0022; // pinching a touchpad comes as a wheel with Ctrl
    view.zoomTo(view.scale * Math.exp(-event.deltaY * strength * (event.deltaMode === 1 ? 20 : 1)), at(event));
  }, { passive: false });
  canvas.addEventListener("dblclick", (event) => view.zoomTo(view.zoom === null ? 1 : null, at(event)));
  const fingers = new Map();
  let spread = 0;
  canvas.addEventListener("pointerdown", (event) => {
    if (event.button) return;
    fingers.set(event.pointerId, at(event));
    canvas.setPointerCapture(event.pointerId);
    canvas.classList.toggle("moved", view.isOver);
    spread = 0;
  });
  canvas.addEventListener("pointermove", (event) => {
    const before = fingers.get(event.pointerId);
    if (!before) return;
    const now = at(event);
    fingers.set(event.pointerId, now);
    if (fingers.size === 1) view.pan(now[0] - before[0], now[1] - before[1]);
    if (fingers.size !== 2) return;
    const [one, other] = [...fingers.values()];
    const apart = Math.hypot(one[0] - other[0], one[1] - other[1]);
    if (spread) view.zoomTo((view.scale * apart) / spread, [(one[0] + other[0]) / 2, (one[1] + other[1]) / 2]);
    spread = apart;
  });
  const end = (event) => {
    fingers.delete(event.pointerId);
    canvas.classList.remove("moved");
    spread = 0;
  };
  canvas.addEventListener("pointerup", end);
  canvas.addEventListener("pointercancel", end);
}

/**
 * The divider: before on its left, after on its right; dragged, or moved by the arrow keys.
 * @param {import("./canvas_view.js").View} view
 * @returns {HTMLElement & {place: () => void}} place: put it where the view has it.
 */
export function divider(view) {
  const knob = el("div", {
    class: "divide", role: "slider", tabIndex: 0, hidden: true, "aria-label": "Before and after", "aria-valuemin": "0", "aria-valuemax": "100",
  }, ...["Original", "Dream"].map((name) => el("span", { class: `divide-name ${name.toLowerCase()}`, "aria-hidden": "true" }, name)),
  el("span", { class: "divide-grip", "aria-hidden": "true" }));
  const move = (share) => {
    view.split = Math.min(1, Math.max(0, share));
    view.moved();
  };
  let dragged = false;
  knob.addEventListener("pointerdown", (event) => {
    if (event.button) return;
    dragged = true;
    event.preventDefault();
    knob.focus();
    knob.setPointerCapture(event.pointerId);
  });
  knob.addEventListener("pointermove", (event) => {
    if (!dragged) return;
    const box = view.canvas.getBoundingClientRect();
    const { x, width } = view.place;
    move((((event.clientX - box.left) * view.canvas.width) / box.width - x) / width);
  });
  const end = () => (dragged = false);
  knob.addEventListener("pointerup", end);
  knob.addEventListener("pointercancel", end);
  knob.addEventListener("keydown", (event) => {
    const way = { ArrowLeft: -STEP, ArrowDown: -STEP, ArrowRight: STEP, ArrowUp: STEP, PageUp: 0.1, PageDown: -0.1, Home: -1, End: 1 }[event.key];
    if (way === undefined) return;
    event.preventDefault();
    move(view.split + way * (event.shiftKey ? 5 : 1));
  });
  knob.place = () => {
    knob.hidden = view.split === null || Boolean(view.played) || !view.before || !view.after;
    if (knob.hidden) return;
    const { x, width } = view.place;
    const ratio = view.canvas.clientWidth / Math.max(1, view.canvas.width);
    knob.style.left = `${Math.min(view.canvas.clientWidth, Math.max(0, (x + width * view.split) * ratio))}px`;
    knob.setAttribute("aria-valuenow", String(Math.round(view.split * 100)));
    knob.setAttribute("aria-valuetext", `${Math.round(view.split * 100)} % before`);
  };
  return knob;
}
