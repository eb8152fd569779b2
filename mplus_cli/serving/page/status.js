/** The state of the memory: figures, and pictures of what it holds by document. */

import { stacked } from "./bars.js";
import { fill, make, the } from "./dom.js";
import { documents, status } from "./memory.js";
import { called, counted, grouped, localTime, oneLine, percent, size } from "./text.js";

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
  const texts = { of: facts.tokens, unit: "" };
  const pictured = shares("Documents by length", texts, (each) => each.tokens);
  fill(the("figures"), figures(facts), pictured, details(facts));
}

function figures(facts) {
  const tags = facts.tags.length ? ` (${facts.tags.map(oneLine).join(", ")})` : "";
  const made = facts.created_at ? `, ${localTime(facts.created_at)}` : "";
  const rows = [
    ["Documents", grouped(facts.documents)],
    ["Passages", grouped(facts.chunks)],
    ["On the disk", size(facts.bytes)],
    ["Model", oneLine(facts.model)],
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

/** What each document has of something; of: how much there is in all; unit: "" where shares say
 * enough.
 */
function shares(title, { of, unit }, count) {
  const order = [...documents.value].sort((a, b) => count(b) - count(a));
  const parts = order
    .slice(0, NAMED)
    .map((each, colour) => ({ name: oneLine(called(each.path)), value: count(each), colour }));
  const rest = order.slice(NAMED);
  if (rest.length) {
    const value = rest.reduce((sum, each) => sum + count(each), 0);
    parts.push({ name: counted(rest.length, "more document"), value, colour: OTHERS });
  }
  const there = parts.filter(({ value }) => value > 0);
  return figure(title, there, of, (value) => unit && counted(Math.round(value), unit));
}

/** What only those want to know who run the model; where questions read vectors one by one, pool
 * and long-term memory, too, and of a matrix who has written its slots.
 */
function details(facts) {
  const rows = [
    ["Tokens", `${grouped(facts.tokens)}: words and parts of words, as the model counts`],
    ["Numbers of the model", facts.dtype],
    ["Identity of the model", facts.identity],
  ];
  const shown = rows.map(([name, text]) =>
    make("div", {}, make("dt", {}, name), make("dd", {}, text)),
  );
  const pool = { of: facts.pool_capacity, unit: "vector" };
  const later = { of: facts.ltm_vectors, unit: "vector" };
  const pools = facts.vectors === null && facts.pool_capacity > 0 && [
    shares("Pool by document", pool, (each) => each.pool_vectors),
    shares("Long-term memory by document", later, (each) => each.ltm_vectors),
  ];
  const slots = { of: facts.slots, unit: "slot" };
  const written = facts.slots > 0 && shares("Slots by document", slots, (each) => each.slots);
  return make(
    "details",
    {},
    make("summary", {}, "Details"),
    make("dl", { class: "facts" }, shown),
    pools,
    written,
    vectors(facts),
  );
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

function said(...words) {
  return words.filter(Boolean).join(", ");
}

function figure(title, parts, full, words, why = "") {
  const items = parts.map(({ name, value, colour }) =>
    make(
      "li",
      {},
      make("span", { class: `dot c${colour}`, "aria-hidden": "true" }),
      make("span", { class: "name" }, name),
      make("span", { class: "hint" }, " ", said(words(value), percent(full ? value / full : 0))),
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
