/** One question and its answer: what the command line says of it (`screen/answers.py`), as
 * elements.
 */

import { fill, make, textNode } from "./dom.js";
import { marked, noteMarks } from "./marks.js";
import { called, counted, grouped, legible, oneLine, percent, sentence } from "./text.js";

const UNSURE = 0.5; // as screen/answers.py has it
const MOST_QUOTED = 400;
const STALE = {
  changed: "Its file has changed since it was read.",
  gone: "Its file is gone since it was read.",
};

/** A turn as an article. `again(top)` asks its question again, from so many passages. Gives also
 * `state(text)`, what is being done; `grow(piece)`; and `end()`, when the turn is over.
 */
export function turnArticle(turn, again) {
  const state = make("p", { class: "state" });
  const grown = textNode(turn.text);
  const body = make("div", { class: "said" });
  const among = turn.among.length > 0 && `among ${turn.among.map(oneLine).join(", ")}`;
  const article = make(
    "article",
    { class: "turn" },
    make("h2", { class: "question", dir: "auto" }, turn.question),
    among && make("p", { class: "hint" }, among),
    body,
  );
  fill(body, state, make("p", { class: "answer", dir: "auto" }, grown));
  return {
    article,
    state: (text) => fill(state, text),
    grow: (piece) => {
      state.remove();
      grown.appendData(legible(piece));
    },
    end: () => fill(body, over(turn, again)),
  };
}

function over(turn, again) {
  if (turn.answer) return answered(turn, turn.answer, again);
  return [
    turn.text && make("p", { class: "answer", dir: "auto" }, turn.text),
    turn.stopped && make("p", { class: "state" }, "Stopped."),
    turn.error && failure(turn.error),
    make("div", { class: "tools" }, button("Ask again", () => again(1))),
  ];
}

/** What went wrong, and the way out. */
export function failure({ message, hint }) {
  const way = hint && make("span", { class: "hint" }, sentence(hint));
  return make("p", { class: "note bad", role: "alert" }, `${sentence(message)} `, way);
}

function answered(turn, answer, again) {
  const more = !answer.alternatives.length && answer.sources.length > 0;
  return [
    answer.answer
      ? make("p", { class: "answer", dir: "auto" }, answer.answer)
      : make("p", { class: "state" }, "The model answered nothing."),
    answer.declined && declined(answer),
    ...doubts(answer),
    ...otherwise(answer),
    sources(answer),
    alternatives(answer),
    ...asides(answer).map((line) => make("p", { class: "hint" }, line)),
    more && make("div", { class: "tools" }, button("What do other passages say?", () => again(3))),
  ];
}

function declined({ sources: [nearest] }) {
  const where = nearest ? " The passage that came nearest is below: have a look." : "";
  const text = `Your documents do not seem to hold an answer to this.${where}`;
  return make("p", { class: "note" }, text);
}

function doubts({ unsupported, confidence }) {
  const lines = unsupported.map((each) => `Not in the passage: ${each}`);
  if (confidence !== null && confidence < UNSURE) {
    lines.push(`Not sure (${percent(confidence)} likely to be right): look at the passage.`);
  }
  return lines.map((line) => make("p", { class: "note doubt", dir: "auto" }, line));
}

function otherwise({ dates, disagrees }) {
  const told = dates
    .filter(({ said }) => !said)
    .map(({ means }) => make("p", { class: "note" }, `Told on ${means}, without another date.`));
  const others = disagrees.map(({ text, answer = text, source }) =>
    make("p", { class: "note doubt" }, sourceLink(source), ` says otherwise: ${answer}`),
  );
  return [...told, ...others];
}

/** What else there is to know: the limit, what was searched, how many were asked. */
function asides({ cut, within, searched, notes, sources: found, declined: none }) {
  return [
    cut && "The answer was cut at its limit.",
    !found.length &&
      !none &&
      !notes.some(isUnnamed) &&
      "No source: the answer is not from your documents.",
    within && `Among ${grouped(within.documents)} of ${counted(within.of, "document")}.`,
    searched?.length > 0 && `Searched for: ${searched.map(oneLine).join(" · ")}`,
    ...notes.map(oneLine),
  ].filter(Boolean);
}

/** Whether a note says that this model names no sources. */
function isUnnamed(note) {
  return note.startsWith("this model names no sources");
}

function sources(answer) {
  if (!answer.sources.length) return null;
  const several = answer.sources.length > 1;
  const shared = several && answer.sources.some(({ weight }) => weight < 1);
  const cards = answer.sources.map((source) => {
    const quotes = quotesOf(answer, source);
    noteMarks(source, quotes.length ? quotes : [source.snippet]);
    return card(source, excerpt(answer, source, quotes), details(source, shared));
  });
  const heading = answer.declined ? "Nearest passage" : several ? "Sources" : "Source";
  return make(
    "section",
    { class: "sources", "aria-label": heading },
    make("h3", {}, heading),
    make("ol", {}, cards),
  );
}

function card(source, text, more) {
  return make(
    "li",
    { class: "card" },
    sourceLink(source),
    make("p", { class: "place" }, oneLine(source.place)),
    make("p", { class: "snippet", dir: "auto" }, text),
    source.stale && make("p", { class: "badge" }, STALE[source.stale]),
    more,
  );
}

function sourceLink({ document, chunk, path }) {
  const name = oneLine(called(path));
  return make("a", { class: "name", href: `/documents/${document}#${chunk}`, title: path }, name);
}

/** For who wants to know how the passage was found; else out of sight. */
function details({ document, chunk, kind, score, weight }, shared) {
  const facts = [`document ${document}, passage ${chunk + 1}`];
  if (score !== null) facts.push(`how well it fits: ${score.toFixed(2)} (${kind})`);
  if (shared) facts.push(`${percent(weight)} of what the model looked at`);
  return make("details", {}, make("summary", {}, "Details"), make("p", {}, facts.join(" · ")));
}

function quotesOf(answer, source) {
  return answer.quote
    .filter(({ document, chunk }) => document === source.document && chunk === source.chunk)
    .map(({ text }) => text);
}

/** The sentences in which the answer stands, unless they are the answer; else the snippet. In both
 * the answer is marked where it stands word for word.
 */
function excerpt(answer, source, quotes) {
  const whole = quotes.join("\n");
  const quoted = whole && whole !== answer.answer && whole.length <= MOST_QUOTED;
  const wanted = answer.declined ? [] : [answer.answer.replace(/[.!?]+$/, "")];
  return marked(quoted ? whole : source.snippet, wanted);
}

function alternatives({ alternatives: others }) {
  if (!others.length) return null;
  const items = others.map(({ answer, declined: none, confidence, source }) => {
    noteMarks(source, [source.snippet]);
    const said = none ? "nothing" : answer;
    const sure = confidence === null ? [] : [`${percent(confidence)} likely to be right`];
    return make(
      "li",
      { class: "card" },
      make("p", { class: none ? "hint" : "other", dir: "auto" }, said),
      sourceLink(source),
      make("p", { class: "place" }, [oneLine(source.place), ...sure].join(" · ")),
    );
  });
  return make(
    "section",
    { class: "sources", "aria-label": "Other passages answer" },
    make("h3", {}, "Other passages answer"),
    make("ol", {}, items),
  );
}

function button(text, press) {
  return make("button", { type: "button", class: "quiet", on: { click: press } }, text);
}
