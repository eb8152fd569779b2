/** Elements made of names and texts: the one place that puts anything into the page. */

import { legible } from "./text.js";

const SVG = "http://www.w3.org/2000/svg";

/** The element of the page with an id. */
export function the(id) {
  return document.getElementById(id);
}

/** An element. `options`: `class`, `on` (event -> listener), and attributes; true is an attribute
 * without value, false and undefined none. Children: elements, texts, or nothing.
 */
export function make(tag, options = {}, ...children) {
  return filled(document.createElement(tag), options, children);
}

/** The same for a drawing. */
export function draw(tag, options = {}, ...children) {
  return filled(document.createElementNS(SVG, tag), options, children);
}

/** A text in the page. */
export function textNode(text) {
  return document.createTextNode(legible(text));
}

/** Put elements in place of those that an element has. */
export function fill(element, ...children) {
  element.replaceChildren(...nodes(children));
}

/** What work gives; until it is over, a button is seen to be busy and can't be pressed. */
export async function busy(button, work) {
  const focused = document.activeElement === button;
  button.disabled = true;
  button.setAttribute("aria-busy", "true");
  try {
    return await work;
  } finally {
    button.removeAttribute("aria-busy");
    button.disabled = false;
    // One that is disabled loses the focus.
    if (focused && document.activeElement === document.body) button.focus();
  }
}

function filled(element, { on = {}, ...attributes }, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === false || value === null) continue;
    element.setAttribute(name, value === true ? "" : legible(value));
  }
  for (const [event, listener] of Object.entries(on)) element.addEventListener(event, listener);
  element.append(...nodes(children));
  return element;
}

function nodes(children) {
  return children
    .flat()
    .filter((child) => child !== null && child !== undefined && child !== false)
    .map((child) => (child instanceof Node ? child : textNode(child)));
}
