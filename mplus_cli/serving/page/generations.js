/** Generations, newest first, and going back to one. */

import { post } from "./api.js";
import { confirmed, told } from "./dialog.js";
import { fill, make, the } from "./dom.js";
import { generations, refresh, server } from "./memory.js";
import { called, counted, localTime, oneLine } from "./text.js";

const DONE = {
  inject: "documents read",
  update: "files read again",
  forget: "documents forgotten",
  rollback: "gone back",
  rebuild: "written for another model",
};
const MOST = 200; // rows
const MOST_NAMED = 6; // documents of one change

export function startGenerations() {
  generations.listen(show);
  server.listen(show);
}

function show() {
  const rows = generations.value.slice(0, MOST).map(row);
  fill(the("list-generations"), rows.length ? rows : make("li", { class: "hint" }, "None yet."));
}

function row(generation, place) {
  const { id, command, created_at: created, tags, documents } = generation;
  const back = server.value.writable && place > 0;
  const label = `Go back to generation ${id}`;
  const press = () => goBack(generation);
  return make(
    "li",
    { value: id },
    make("div", { class: "tools" },
      make("h2", {}, `Generation ${id}`),
      place === 0 && make("span", { class: "badge mild" }, "now"),
      tags.map((tag) => make("span", { class: "badge mild" }, oneLine(tag))),
      back && make("button", { type: "button", "aria-label": label, on: { click: press } },
        "Go back"),
    ),
    make("p", { class: "hint" }, `${localTime(created)} · ${DONE[command] ?? oneLine(command)} · ` +
      `holds ${counted(documents, "document")}`),
    make("ul", { class: "changes" },
      changes(generation.added, "added", "+"),
      changes(generation.changed, "changed", "~"),
      changes(generation.removed, "removed", "−"),
    ),
  );
}

function changes(paths, what, sign) {
  if (!paths.length) return null;
  const names = paths.slice(0, MOST_NAMED).map((path) => oneLine(called(path)));
  const left = paths.length - names.length;
  const more = left > 0 ? ` and ${left} more` : "";
  return make(
    "li",
    { class: what },
    make("span", { "aria-hidden": "true" }, `${sign} `),
    make("span", { class: "unseen" }, `${what}: `),
    make("span", { class: "name" }, `${names.join(", ")}${more}`),
  );
}

async function goBack({ id, documents }) {
  const holds = counted(documents, "document");
  const body = make("p", {}, `The memory then holds what it held: ${holds}. What is there now stays
    as a generation of its own, so that you can come back.`);
  if (!(await confirmed(`Go back to generation ${id}?`, body, "Go back"))) return;
  try {
    await post("/api/rollback", { generation: id });
    await refresh();
    the("nav-generations").focus();
  } catch (error) {
    await told("The memory is as it was", error);
  }
}
