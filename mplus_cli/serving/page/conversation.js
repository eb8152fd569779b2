/** The middle of the page: a conversation, and asking. */

import { ApiError, listen } from "./api.js";
import { turnArticle } from "./answer.js";
import { fill, make, the } from "./dom.js";
import { conversations, fresh, keep, title } from "./history.js";
import { chosen, documents, server, status } from "./memory.js";
import { Signal } from "./signal.js";
import { called, counted, oneLine } from "./text.js";

const MOST_AFTER = 20; // questions before that are sent along

/** The conversation that is shown. */
export const current = new Signal(fresh());

let running = null; // stops the answer that is on its way
let ended = true; // whether the page stood at its end before it changed

export function startConversation() {
  const field = the("question");
  the("composer").addEventListener("submit", (event) => {
    event.preventDefault();
    const question = field.value.trim();
    if (!question || running) return; // what is typed meanwhile stays
    field.value = "";
    ask(question);
  });
  field.addEventListener("keydown", (event) => {
    // While a word is put together by an input method, Enter ends the word.
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    the("composer").requestSubmit();
  });
  the("stop").addEventListener("click", stop);
  followWidth();
  current.listen(showAll);
  status.listen(() => current.value.turns.length || showAll(current.value));
  server.listen(() => current.value.turns.length || showAll(current.value));
  chosen.listen(showAmong);
  documents.listen(() => showAmong(chosen.value));
}

/** Show a conversation that was kept; none: begin a new one. */
export function open(id) {
  stop();
  const kept = conversations.value.find((each) => each.id === id);
  current.value = kept ? structuredClone(kept) : fresh();
  the("question").focus();
}

/** Stop the answer that is on its way; what there is of it stays. */
export function stop() {
  running?.abort();
}

async function ask(question, top = 1, after = earlier()) {
  if (running) return;
  const conversation = current.value;
  const asked = [...chosen.value];
  const turn = {
    question,
    after,
    among: asked.map(nameOf),
    text: "",
    answer: null,
    error: null,
    stopped: false,
  };
  conversation.turns.push(turn);
  if (conversation.turns.length === 1) fill(the("turns"));
  const shown = turnArticle(turn, (passages) => ask(question, passages, after));
  the("turns").append(shown.article);
  shown.article.scrollIntoView({ block: "nearest" });
  begin(shown);
  running = new AbortController();
  const how = { question, stream: true, sources: true };
  if (top > 1) how.top = top;
  if (after.length) how.after = after;
  if (asked.length) how.among = asked.map(String);
  try {
    await hear(listen("/api/ask", running.signal, how), turn, shown);
  } catch (error) {
    if (error.name === "AbortError") turn.stopped = true;
    else if (error instanceof ApiError) turn.error = { message: error.message, hint: error.hint };
    else throw error;
  } finally {
    running = null;
    end(turn, shown);
    keep(conversation);
  }
}

/** The questions that were answered before, oldest first: a follow-up may mean them. */
function earlier() {
  const answered = current.value.turns.filter((each) => each.answer);
  return answered.map((each) => each.question).slice(-MOST_AFTER);
}

async function hear(stream, turn, shown) {
  for await (const { event, data } of stream) {
    if (event === "began") shown.state("Looking through the documents …");
    if (event === "answer") turn.answer = data;
    if (event === "error") throw new ApiError(200, data.error);
    if (event !== "piece") continue;
    const follows = atEnd();
    turn.text += data.text;
    shown.grow(data.text);
    if (follows) toEnd();
  }
  if (!turn.answer) throw new ApiError(0, { message: "the answer broke off", hint: "ask again" });
}

function begin(shown) {
  const { busy, waiting } = server.value;
  const before = busy ? `Waiting for ${counted(1 + (waiting ?? 0), "question")} before …` : "";
  shown.state(before || "Looking …");
  the("stop").hidden = false;
  the("send").hidden = true;
  shown.article.setAttribute("aria-busy", "true");
  fill(the("spoken"), "Looking for an answer");
}

function end(turn, shown) {
  the("send").hidden = false;
  if (document.activeElement === the("stop")) the("question").focus();
  the("stop").hidden = true;
  const follows = atEnd();
  shown.end();
  shown.article.removeAttribute("aria-busy");
  if (follows) shown.article.scrollIntoView({ block: "nearest" });
  fill(the("spoken"), spoken(turn));
}

/** What a screen reader says when it is over: all at once, for piece by piece nobody can listen. */
function spoken({ answer, error, stopped }) {
  if (error) return ""; // its note is an alert
  if (stopped || !answer) return "Stopped";
  const none = answer.declined ? " Your documents do not seem to hold an answer." : "";
  return `${answer.answer}${none} ${counted(answer.sources.length, "source")}`;
}

function atEnd() {
  const page = document.documentElement;
  return page.scrollHeight - page.scrollTop - page.clientHeight < 80;
}

function toEnd() {
  scrollTo(0, document.documentElement.scrollHeight);
}

/** Where the column gets another width (the panel opens) or the window another size, what stood at
 * the end stays there: else it slips under the composer.
 */
function followWidth() {
  const turns = the("turns");
  let width = 0;
  const look = () => {
    const before = width;
    width = turns.clientWidth;
    if (width && before && width !== before && ended) toEnd();
    ended = atEnd();
  };
  new ResizeObserver(look).observe(turns);
  addEventListener("resize", () => turns.clientWidth && ended && toEnd());
  addEventListener("scroll", () => {
    if (turns.clientWidth === width) ended = atEnd();
  });
}

function showAll(conversation) {
  document.title = conversation.turns.length ? `${title(conversation)} · mplus` : "mplus";
  if (!conversation.turns.length) {
    fill(the("turns"), welcome());
    return;
  }
  const articles = conversation.turns.map((turn) => {
    const shown = turnArticle(turn, (passages) => ask(turn.question, passages, turn.after));
    shown.end();
    return shown.article;
  });
  fill(the("turns"), articles);
}

function welcome() {
  const facts = status.value;
  const { known, writable } = server.value;
  let text = "";
  if (facts?.documents) {
    const held = counted(facts.documents, "document");
    text = `The memory holds ${held}. Answers name the passages they are from.`;
  } else if (known) {
    text = writable
      ? "The memory is empty. Drag files to this page, and ask."
      : "The memory is empty, and this server only reads.";
  }
  return make(
    "div",
    { class: "welcome" },
    make("p", { class: "greeting" }, "What would you like to know?"),
    make("p", { class: "hint" }, text),
  );
}

function nameOf(id) {
  const found = documents.value.find((each) => each.id === id);
  return found ? called(found.path) : `document ${id}`;
}

function showAmong(ids) {
  const chips = [...ids].map((id) => {
    const name = oneLine(nameOf(id));
    const drop = () => {
      chosen.value = new Set([...chosen.value].filter((each) => each !== id));
      the("question").focus();
    };
    const label = `Do not ask ${name} alone`;
    const out = make("button", { type: "button", "aria-label": label, on: { click: drop } }, "×");
    return make("li", { class: "chip" }, make("span", { class: "name" }, name), out);
  });
  const choose = make("a", { href: "/#documents" }, chips.length ? "Choose others" : "Choose some");
  const alone = [make("span", {}, "Only"), make("ul", { "aria-label": "Asked alone" }, chips)];
  const all = make("span", {}, "All documents are asked.");
  fill(the("among"), ...(chips.length ? alone : [all]), documents.value.length > 1 && choose);
}
