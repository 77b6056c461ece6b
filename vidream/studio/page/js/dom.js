/** Elements, made in one line. @module */

/**
 * An element. Properties that begin with "on" are listeners; "class", "data-…", "aria-…", "role", "for" are attributes;
 * others are set on the element.
 * @param {string} tag
 * @param {object} properties
 * @param {...(Node|string|null|undefined|false)} children
 * @returns {HTMLElement}
 */
export function el(tag, properties = {}, ...children) {
  return fill(document.createElement(tag), properties, children);
}

/** The same for SVG, where every property but listeners is an attribute. @returns {SVGElement} */
export function svg(tag, properties = {}, ...children) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2).toLowerCase(), value);
    else if (value !== null && value !== undefined) element.setAttribute(name, value);
  }
  element.append(...children.filter(isChild));
  return element;
}

/** Put children into an element in place of those that it has. */
export function refill(element, ...children) {
  element.replaceChildren(...children.filter(isChild));
}

const isChild = (child) => child !== null && child !== undefined && child !== false;

function fill(element, properties, children) {
  for (const [name, value] of Object.entries(properties)) {
    if (value === null || value === undefined) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2).toLowerCase(), value);
    else if (name === "class" || name === "role" || name === "for" || name.includes("-")) element.setAttribute(name, value);
    else element[name] = value;
  }
  element.append(...children.filter(isChild));
  return element;
}
