/** What the page knows of the memory and its server, kept current by the server's events. */

import { ApiError, get, listen } from "./api.js";
import { Signal } from "./signal.js";

const LONGEST_PAUSE_MS = 15_000;

/** Facts as `mplus status --json` has them; null where there is no memory yet. */
export const status = new Signal(null);
/** All documents, those that came last first. */
export const documents = new Signal([]);
/** All generations, the newest first. */
export const generations = new Signal([]);
/** Whether the server is there and who waits: `{known, away, busy, waiting, writable,
 * upload_bytes}`; away: why it can't be asked, an `ApiError`, or null.
 */
export const server = new Signal({ known: false, away: null });
/** How far a file is that is being read, as the server tells of it. */
export const reading = new Signal(null);
/** Ids of the documents that are asked alone; none: all are asked. */
export const chosen = new Signal(new Set());

let refreshing = null;
let newest = null; // the generation that is shown

/** Ask the server for everything anew. */
export function refresh() {
  refreshing ??= load().finally(() => {
    refreshing = null;
  });
  return refreshing;
}

async function load() {
  const facts = await get("/api/status").catch(noMemory);
  if (facts === null) {
    [status.value, documents.value, generations.value] = [null, [], []];
    // Whether it may be made is not known: who tries is told.
    server.value = { ...server.value, known: true, away: null, writable: true };
    return;
  }
  const [held, history] = await Promise.all([get("/api/documents"), get("/api/generations")]);
  newest = facts.generation;
  status.value = facts;
  server.value = { known: true, away: null, ...facts.server };
  documents.value = held.documents.reverse();
  generations.value = history.generations;
  const there = new Set(held.documents.map((each) => each.id));
  const left = [...chosen.value].filter((id) => there.has(id));
  if (left.length < chosen.value.size) chosen.value = new Set(left);
}

function noMemory(error) {
  if (error.code !== "no_memory") throw error;
  return null;
}

/** Follow the server's events for as long as the page is open, and looked at: browsers allow six
 * connections to a server, and each tab would hold one.
 */
export async function follow() {
  let pause = 1000;
  for (;;) {
    await looked();
    const leaving = new AbortController();
    const leave = () => document.hidden && leaving.abort();
    document.addEventListener("visibilitychange", leave);
    try {
      await refresh();
      for await (const { event, data } of listen("/api/events", leaving.signal)) {
        pause = 1000;
        hear(event, data);
      }
    } catch (error) {
      if (error instanceof ApiError) server.value = { ...server.value, away: error };
      else if (error.name !== "AbortError") throw error;
    } finally {
      document.removeEventListener("visibilitychange", leave);
    }
    await new Promise((over) => setTimeout(over, pause));
    pause = Math.min(2 * pause, LONGEST_PAUSE_MS);
  }
}

function hear(event, data) {
  if (event === "server") server.value = { ...server.value, away: null, ...data };
  if (event === "inject") reading.value = data;
  if (event === "generation" && data.id !== newest) refresh().catch(() => {});
}

function looked() {
  if (!document.hidden) return null;
  return new Promise((seen) =>
    document.addEventListener("visibilitychange", seen, { once: true }),
  );
}
