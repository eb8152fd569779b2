/** The state of the memory: figures, and pictures of what it holds by document. */

import { stacked } from "./bars.js";
import { fill, make, the } from "./dom.js";
import { documents, status } from "./memory.js";
import { counted, grouped, lastPart, localTime, oneLine, percent, size } from "./text.js";

const NAMED = 7; // documents with a colour of their own; the others share one
const OTHERS = 7;

export function startStatus() {
  status.listen(show);
  documents.listen(show);
}

function show() {
  const facts = status.value;
  if (!facts) {
    fill(the("figures"), make("p", { class: "hint" }, "There is no memory yet."));
    return;
  }
  fill(the("figures"), figures(facts), pictures(facts), vectors(facts));
}

function figures(facts) {
  const tags = facts.tags.length ? ` (${facts.tags.map(oneLine).join(", ")})` : "";
  const made = facts.created_at ? `, ${localTime(facts.created_at)}` : "";
  const rows = [
    ["Documents", grouped(facts.documents)],
    ["Passages", grouped(facts.chunks)],
    ["Tokens", grouped(facts.tokens)],
    ["On the disk", size(facts.bytes)],
    ["Model", `${oneLine(facts.model)} (${facts.identity.slice(0, 12)}, ${facts.dtype})`],
    ["Generation", `${facts.generation}${tags}${made}`],
  ];
  if (facts.faded_chunks) {
    const whole = counted(facts.faded_documents, "whole document");
    rows.push(["Faded", `${counted(facts.faded_chunks, "passage")} (${whole}): no question
      reads them`]);
  }
  const cells = rows.map(([name, text]) =>
    make("div", {}, make("dt", {}, name), make("dd", {}, text)),
  );
  return make("dl", { class: "facts" }, cells);
}

/** What each document has: tokens; where questions read vectors one by one, pool and long-term
 * memory, too.
 */
function pictures(facts) {
  const shown = [picture("Tokens", (each) => each.tokens, facts.tokens)];
  if (facts.vectors === null && facts.pool_capacity > 0) {
    shown.push(picture("Pool", (each) => each.pool_vectors, facts.pool_capacity));
    shown.push(picture("Long-term memory", (each) => each.ltm_vectors, facts.ltm_vectors));
  }
  return shown;
}

function picture(name, count, full) {
  const order = [...documents.value].sort((a, b) => count(b) - count(a));
  const parts = order
    .slice(0, NAMED)
    .map((each, colour) => ({ name: oneLine(lastPart(each.path)), value: count(each), colour }));
  const rest = order.slice(NAMED);
  if (rest.length) {
    const value = rest.reduce((sum, each) => sum + count(each), 0);
    parts.push({ name: counted(rest.length, "more document"), value, colour: OTHERS });
  }
  const there = parts.filter(({ value }) => value > 0);
  return figure(`${name} by document`, there, full, (value) => grouped(Math.round(value)));
}

/** How much of what the model can write again is kept. */
function vectors({ vectors: kept, chunks }) {
  if (!kept) return null;
  const full = kept.budget_bytes ?? kept.bytes;
  const part = { name: `kept for ${grouped(kept.chunks)} of ${counted(chunks, "passage")}` };
  const parts = [{ ...part, value: kept.bytes, colour: 0 }];
  const limit = kept.budget_bytes === null ? "" : ` of at most ${size(kept.budget_bytes)}`;
  const name = `Vectors that are ready to be read: ${size(kept.bytes)}${limit}`;
  return figure(name, parts, full, size, oneLine(kept.why));
}

function figure(title, parts, full, words, why = "") {
  const items = parts.map(({ name, value, colour }) =>
    make(
      "li",
      {},
      make("span", { class: `dot c${colour}`, "aria-hidden": "true" }),
      make("span", { class: "name" }, name),
      make("span", { class: "hint" }, ` ${words(value)}, ${percent(full ? value / full : 0)}`),
    ),
  );
  return make(
    "figure",
    {},
    make("figcaption", {}, title),
    stacked(parts, full, `${title}: a bar; its numbers are in the list below`),
    make("ul", { class: "legend" }, items),
    why && make("p", { class: "hint" }, why),
  );
}
