/** The list of documents: filter, choose, ask alone, forget. */

import { post } from "./api.js";
import { confirmed, told } from "./dialog.js";
import { busy, fill, make, the } from "./dom.js";
import { chosen, documents, refresh, server } from "./memory.js";
import { called, counted, grouped, localTime, oneLine, size } from "./text.js";
import { go } from "./views.js";

const MOST = 300; // rows at once; the filter finds the others

let ticked = new Set();

export function startDocuments() {
  documents.listen(() => {
    const there = new Set(documents.value.map(({ id }) => id));
    ticked = new Set([...ticked].filter((id) => there.has(id)));
    show();
  });
  server.listen(({ known, writable }) => {
    the("read-only").hidden = !known || writable;
    the("drop").hidden = !writable;
    the("forget").hidden = !writable;
    show();
  });
  the("filter").addEventListener("input", show);
  the("ask-these").addEventListener("click", () => {
    chosen.value = new Set(ticked);
    ticked.clear();
    show();
    go("/#ask");
    the("question").focus();
  });
  the("forget").addEventListener("click", forget);
}

function show() {
  const words = the("filter").value.toLowerCase().split(/\s+/).filter(Boolean);
  const fits = ({ path, copies }) =>
    words.every((word) => [path, ...copies].some((name) => name.toLowerCase().includes(word)));
  const found = documents.value.filter(fits);
  const left = found.length - MOST;
  const more = left > 0 ? `; ${grouped(left)} more: filter by name` : "";
  const of = words.length ? ` of ${grouped(documents.value.length)}` : "";
  const ticking = found.length ? ". Tick some to ask them alone" : "";
  const forgetting = ticking && server.value.writable ? ", or to forget them" : "";
  const count = `${grouped(found.length)}${of} ${documentsIn(documents.value)}`;
  fill(the("count"), `${count}${more}${ticking}${forgetting}`);
  fill(the("list-documents"), found.slice(0, MOST).map(row));
  showTicked();
}

function documentsIn({ length }) {
  return length === 1 ? "document" : "documents";
}

function row({ id, path, copies, chunks, bytes, added_at: added }) {
  const name = oneLine(called(path));
  const folder = path === called(path) ? "" : oneLine(path);
  const tick = make("input", {
    type: "checkbox",
    "aria-label": `Choose ${name}`,
    checked: ticked.has(id),
    on: {
      change: ({ target }) => {
        ticked[target.checked ? "add" : "delete"](id);
        showTicked();
      },
    },
  });
  const held = `${size(bytes)}, ${counted(chunks, "passage")}`;
  const also = copies.length > 0 && `also read as ${copies.map(oneLine).join(", ")}`;
  return make(
    "li",
    {},
    tick,
    make("a", { class: "name", href: `/documents/${id}#0` }, name),
    make("p", { class: "hint" }, [folder, held, `read ${localTime(added)}`, also]
      .filter(Boolean)
      .join(" · ")),
  );
}

function showTicked() {
  the("ask-these").disabled = !ticked.size;
  the("forget").disabled = !ticked.size || the("forget").hasAttribute("aria-busy");
}

async function forget() {
  const ids = [...ticked];
  const names = ids.map(String);
  try {
    const would = post("/api/forget", { names, erase: true, dry_run: true });
    const { documents: leaving, erased_generations: erased, most } = await busy(
      the("forget"),
      would,
    );
    const erase = make("input", { type: "checkbox", id: "erase" });
    const which = leaving.length === 1 ? oneLine(called(leaving[0].path)) : "";
    const title = `Forget ${which || counted(leaving.length, "document")}?`;
    if (!(await confirmed(title, question(leaving, erased, most, erase), "Forget", true))) return;
    await busy(the("forget"), post("/api/forget", { names, erase: erase.checked }));
    ticked.clear();
    await refresh();
    the("filter").focus();
  } catch (error) {
    await told("Nothing was forgotten", error);
  } finally {
    showTicked();
  }
}

function question(leaving, erased, most, erase) {
  const what = leaving.length > 1 ? "them" : "it";
  const held = erased.length && `${counted(erased.length, "generation")} that held ${what}`;
  const gone = held ? ` (and ${held})` : "";
  return [
    make("p", {}, `${leaving.length > 1 ? "They leave" : "It leaves"} the memory. Earlier
      generations keep what they held: going back to one brings it back.`),
    most && make("p", { class: "note doubt" }, "That is most of what the memory holds."),
    leaving.length > 1 &&
      make("ul", { class: "plain" }, leaving.map(({ path }) => make("li", {}, oneLine(path)))),
    make("label", { class: "tick" }, erase, ` Erase ${what} from the disk, too${gone}:
      nothing brings ${what} back then`),
  ];
}
