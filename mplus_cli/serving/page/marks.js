/** Sentences within a text, marked. */

import { make, textNode } from "./dom.js";

const LONGEST = 2000; // characters that are looked for

const noted = new Map(); // "document#chunk" -> sentences

/** Sentences of a passage that are to be marked when it is opened. */
export function noteMarks({ document: id, chunk }, sentences) {
  noted.set(`${id}#${chunk}`, sentences);
}

/** The sentences to be marked in a passage. */
export function marksOf(id, chunk) {
  return noted.get(`${id}#${chunk}`) ?? [];
}

/** A text as nodes, in which the first place of each wanted one is a `<mark>`; how much space is
 * between words is no difference, nor is case.
 */
export function marked(text, wanted) {
  const places = wanted.map((each) => placeOf(each, text)).filter(Boolean);
  places.sort(([a], [b]) => a - b);
  const nodes = [];
  let at = 0;
  for (const [start, end] of places) {
    if (end <= at) continue;
    nodes.push(textNode(text.slice(at, Math.max(at, start))));
    nodes.push(make("mark", {}, text.slice(Math.max(at, start), end)));
    at = end;
  }
  nodes.push(textNode(text.slice(at)));
  return nodes;
}

function placeOf(wanted, text) {
  const words = wanted.replace(/ …$/, "").slice(0, LONGEST).trim().split(/\s+/);
  if (!words[0]) return null;
  const pattern = words.map((word) => word.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&")).join("\\s+");
  const found = new RegExp(pattern, "i").exec(text);
  return found && [found.index, found.index + found[0].length];
}
