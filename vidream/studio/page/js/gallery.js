/** The page's part of the room "gallery". @module */

/**
 * Fill the room's region, once.
 * @param {HTMLElement} element its region.
 * @param {import("./link.js").Link} link what leads to the server.
 */
export function mount(element, link) {
  void element;
  void link;
}
