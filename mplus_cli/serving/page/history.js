/** Conversations, kept in this browser alone. */

import { called, localTime } from "./text.js";
import { Signal } from "./signal.js";

const KEY = "mplus.conversations";
const MOST = 100;

/** `{id, at, turns}`, the newest first. A turn: `{question, after, among, text, answer, error,
 * stopped}`; `after`: the questions before it that were sent along; `answer`: the server's, null
 * until it is whole.
 */
export const conversations = new Signal(load());

/** A conversation that nothing was asked in; it is kept with its first question. */
export function fresh() {
  return { id: crypto.randomUUID?.() ?? String(Math.random()), at: now(), turns: [] };
}

/** Keep a conversation as it is now, in front. Other tabs may have kept others meanwhile. */
export function keep(conversation) {
  conversation.at = now();
  const others = load().filter((each) => each.id !== conversation.id);
  store([conversation, ...others].slice(0, MOST));
}

export function remove(id) {
  store(load().filter((each) => each.id !== id));
}

export function clear() {
  store([]);
}

/** Look again when another tab changes them. */
export function followTabs() {
  addEventListener("storage", ({ key }) => {
    if (key === KEY || key === null) conversations.value = load();
  });
}

/** What a conversation is called. */
export function title(conversation) {
  return conversation.turns[0]?.question ?? "New conversation";
}

function now() {
  return new Date().toISOString();
}

function store(kept) {
  const room = [...kept];
  for (;;) {
    try {
      localStorage.setItem(KEY, JSON.stringify(room));
      break;
    } catch (error) {
      if (error.name !== "QuotaExceededError" || !room.length) throw error;
      room.pop(); // the oldest goes
    }
  }
  conversations.value = room;
}

function load() {
  try {
    const found = JSON.parse(localStorage.getItem(KEY) ?? "[]");
    return Array.isArray(found) ? found.filter(isConversation) : [];
  } catch {
    return [];
  }
}

function isConversation(value) {
  return typeof value?.id === "string" && Array.isArray(value.turns) && value.turns.every(isTurn);
}

function isTurn(value) {
  const { question, text, answer } = value ?? {};
  const whole = answer === null || (typeof answer?.answer === "string" && answer.sources);
  return typeof question === "string" && typeof text === "string" && Boolean(whole);
}

/** A conversation as Markdown, in which nothing that a document says is a mark or HTML. */
export function asMarkdown(conversation) {
  const parts = [`# ${escaped(title(conversation))}`, localTime(conversation.at)];
  for (const { question, text, answer, error, stopped } of conversation.turns) {
    parts.push(`## ${escaped(question)}`, escaped(answer?.answer ?? text));
    if (error) parts.push(`(${escaped(error.message)})`);
    if (stopped) parts.push("(stopped)");
    const sources = answer?.sources ?? [];
    const lines = sources.map(
      ({ path, place, snippet }) => `- ${escaped(`${called(path)}, ${place}: ${snippet}`)}`,
    );
    if (answer?.declined && lines.length) parts.push("The passage that came nearest:");
    if (lines.length) parts.push(lines.join("\n"));
  }
  return `${parts.filter(Boolean).join("\n\n")}\n`;
}

function escaped(text) {
  const flat = text.trim().replace(/\s*\n\s*/g, "\n").replace(/[\\`*_<>#[\]!&|~]/g, "\\$&");
  return flat.replace(/^(\s*)([-+=]|\d+[.)])/gm, "$1\\$2").replace(/\n/g, "  \n");
}
