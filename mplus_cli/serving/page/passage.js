/** The panel at the side: a document's text at a passage, or its page as a picture. */

import { get, picture } from "./api.js";
import { failure } from "./answer.js";
import { fill, make, the } from "./dom.js";
import { marked, marksOf } from "./marks.js";
import { chosen } from "./memory.js";
import { called, counted, offsets, oneLine } from "./text.js";
import { go, here } from "./views.js";

const ABOVE = 32; // pixels of a page that stay in sight above a frame
const AROUND = 12; // passages shown on either side, and more at a time on demand

let shown = null; // {id, chunk, text, chunks, name, first, last}: first and last passage shown
let asPicture = true;
let opener = null;
let looking = new AbortController();

export function startPanel() {
  const close = () => go(`/#${here.value.view}`);
  the("panel-close").addEventListener("click", close);
  the("panel").addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    event.stopPropagation(); // elsewhere it stops an answer
    close();
  });
  the("before").addEventListener("click", () => step(-1));
  the("after").addEventListener("click", () => step(1));
  the("ask-this").addEventListener("click", () => {
    chosen.value = new Set([shown.id]);
    go("/#ask");
    the("question").focus();
  });
  the("as-picture").addEventListener("click", () => {
    asPicture = !asPicture;
    show();
  });
  const narrow = matchMedia("(max-width: 60rem)");
  narrow.addEventListener("change", () => cover(narrow.matches));
}

/** Open the panel at a passage; the address of the page names it already. */
export async function openPassage(id, chunk) {
  looking.abort();
  looking = new AbortController();
  const { signal } = looking;
  const panel = the("panel");
  if (panel.hidden) opener = document.activeElement;
  panel.hidden = false;
  document.body.classList.add("with-panel");
  cover(matchMedia("(max-width: 60rem)").matches);
  try {
    if (shown?.id !== id) {
      fill(the("panel-title"), "…");
      fill(the("panel-body"));
      shown = null;
      const { text, chunks, path } = await get(`/api/documents/${id}/text`, { signal });
      shown = { id, text, chunks: places(text, chunks), name: oneLine(called(path)) };
      fill(the("panel-title"), shown.name);
    }
  } catch (error) {
    if (error.name === "AbortError") return;
    fill(the("panel-title"), `Document ${id}`);
    fill(the("panel-place"));
    fill(the("panel-body"), failure(error));
    the("panel-title").focus();
    return;
  }
  the("panel-title").focus({ preventScroll: true });
  move(Math.min(Math.max(0, chunk), Math.max(0, shown.chunks.length - 1)));
  await show();
}

/** Close the panel, if it is open; what was looked at before has the focus again. */
export function closePanel() {
  if (the("panel").hidden) return;
  looking.abort();
  shown = null;
  the("panel").hidden = true;
  document.body.classList.remove("with-panel");
  cover(false);
  const back = opener?.isConnected && opener !== document.body ? opener : the("question");
  back.focus();
}

/** Where a panel covers the whole page, nothing behind it can be reached. */
function cover(covered) {
  for (const behind of [the("main"), document.querySelector(".rail")]) {
    behind.inert = covered && !the("panel").hidden;
  }
}

function places(text, chunks) {
  const starts = offsets(text, chunks.map(({ start }) => start));
  const ends = offsets(text, chunks.map(({ end }) => end));
  return chunks.map((each, number) => ({ ...each, start: starts[number], end: ends[number] }));
}

function step(by) {
  if (!shown) return;
  move(shown.chunk + by);
  history.replaceState(null, "", `/documents/${shown.id}#${shown.chunk}`);
  show();
}

function move(chunk) {
  shown.chunk = chunk;
  shown.first = Math.max(0, chunk - AROUND);
  shown.last = Math.min(shown.chunks.length - 1, chunk + AROUND);
}

async function show() {
  const { id, chunk, chunks, name } = shown;
  const { place } = chunks[chunk] ?? { place: "no text is kept" };
  fill(the("panel-place"), `${oneLine(place)} · passage ${chunk + 1} of ${chunks.length}`);
  the("before").disabled = chunk <= 0;
  the("after").disabled = chunk >= chunks.length - 1;
  the("as-picture").hidden = true;
  showText();
  if (!/\.pdf$/i.test(name)) return;
  const { signal } = looking;
  const found = await picture(`/api/documents/${id}/page.png?chunk=${chunk}`, signal).catch(
    () => null,
  );
  if (!found || signal.aborted || shown?.id !== id || shown.chunk !== chunk) return;
  the("as-picture").hidden = false;
  the("as-picture").setAttribute("aria-pressed", String(asPicture));
  if (asPicture) showPicture(found, `${place} of ${name}, with the passage in a box`);
}

function showPicture(bytes, alt) {
  const address = URL.createObjectURL(new Blob([bytes], { type: "image/png" }));
  const image = make("img", { src: address, alt, class: "page" });
  const release = () => URL.revokeObjectURL(address);
  const body = the("panel-body");
  image.addEventListener("load", () => {
    release();
    const top = (frameTop(bytes) / image.naturalHeight) * image.clientHeight;
    body.scrollTop = image.offsetTop - body.offsetTop + top - ABOVE;
  });
  image.addEventListener("error", release);
  fill(body, image);
}

/** Where the frame begins in a picture, in its pixels from above: PNG's first part behind its head
 * may be a text that says so (`readers/pdf/drawn.py`).
 */
function frameTop(bytes) {
  const text = new TextDecoder("latin1").decode(new Uint8Array(bytes, 33, 80));
  const found = /^.{4}tEXtframe\0-?\d+ (\d+) /s.exec(text);
  return found ? Number(found[1]) : 0;
}

function showText() {
  const { text, chunks, chunk, first, last, id } = shown;
  if (!chunks.length) {
    fill(the("panel-body"), make("p", { class: "text", dir: "auto" }, text));
    return;
  }
  const { start, end } = chunks[chunk];
  const from = first ? chunks[first].start : 0;
  const to = last < chunks.length - 1 ? chunks[last].end : text.length;
  const passage = make(
    "span",
    { class: "passage" },
    marked(text.slice(start, end), marksOf(id, chunk)),
  );
  const body = make(
    "div",
    { class: "text", dir: "auto" },
    text.slice(from, start),
    passage,
    text.slice(end, to),
  );
  fill(
    the("panel-body"),
    first > 0 && more("Earlier text", first, -AROUND),
    body,
    to < text.length && more("Later text", chunks.length - 1 - last, AROUND),
  );
  const target = passage.querySelector("mark") ?? passage;
  target.scrollIntoView({ block: target === passage ? "start" : "center" });
}

function more(text, count, by) {
  const press = () => {
    if (by < 0) shown.first = Math.max(0, shown.first + by);
    else shown.last = Math.min(shown.chunks.length - 1, shown.last + by);
    const body = the("panel-body");
    const { scrollTop, scrollHeight } = body;
    showText();
    // What was read stays where it is.
    body.scrollTop = scrollTop + (by < 0 ? body.scrollHeight - scrollHeight : 0);
    body.focus({ preventScroll: true });
  };
  const label = `${text} (${counted(count, "passage")})`;
  return make("button", { type: "button", class: "quiet", on: { click: press } }, label);
}
