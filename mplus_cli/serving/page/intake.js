/** Files that are dragged to the page or chosen: sent one after the other, and how each fares. */

import { ApiError, put } from "./api.js";
import { fill, make, the } from "./dom.js";
import { reading, refresh, server } from "./memory.js";
import { counted, grouped, oneLine, percent, sentence, short, size } from "./text.js";
import { go } from "./views.js";

const BUSY_MS = 3000;
const SHOWN_MS = 20_000; // a file that was read, before it leaves the list

const waiting = []; // {file, name, row}
let working = false;
let current = null;

export function startIntake() {
  for (const [button, field] of [["choose-files", "files"], ["choose-folder", "folder"]]) {
    the(button).addEventListener("click", () => the(field).click());
    the(field).addEventListener("change", ({ target }) => {
      take([...target.files].map((file) => ({ file, name: file.webkitRelativePath || file.name })));
      target.value = "";
    });
  }
  addEventListener("dragover", (event) => {
    event.preventDefault(); // else the browser would leave the page for the file
    document.body.classList.toggle("dragged", server.value.writable);
  });
  addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) document.body.classList.remove("dragged");
  });
  addEventListener("drop", async (event) => {
    event.preventDefault();
    document.body.classList.remove("dragged");
    const entries = [...event.dataTransfer.items].map((item) => item.webkitGetAsEntry());
    if (!server.value.writable) return;
    go("/#documents");
    take((await Promise.all(entries.filter(Boolean).map(filesOf))).flat());
  });
  reading.listen(showProgress);
  // What waits here would be lost with the page.
  addEventListener("beforeunload", (event) => working && event.preventDefault());
}

/** The files of what was dropped; a folder's at any depth. */
async function filesOf(entry) {
  if (entry.isFile) {
    const file = await new Promise((found, failed) => entry.file(found, failed));
    return [{ file, name: entry.fullPath.slice(1) }];
  }
  const reader = entry.createReader();
  const inside = [];
  for (;;) {
    const some = await new Promise((found, failed) => reader.readEntries(found, failed));
    if (!some.length) break; // a folder is given a hundred at a time
    inside.push(...some);
  }
  return (await Promise.all(inside.map(filesOf))).flat();
}

/** Files and folders whose names begin with a dot are passed over, as `mplus inject` does. */
function take(files) {
  if (!working) fill(the("uploads"));
  for (const { file, name } of files) {
    if (name.split("/").some((part) => part.startsWith("."))) continue;
    const told = make("span", { class: "hint" }, "waiting");
    const bar = make("progress", { max: 1, value: 0, "aria-label": `Reading ${oneLine(name)}` });
    const shown = make("span", { class: "name", title: oneLine(name) }, short(oneLine(name)));
    const row = { told, bar, item: make("li", {}, shown, bar, told) };
    the("uploads").append(row.item);
    waiting.push({ file, name, row });
  }
  if (!working) work();
}

async function work() {
  working = true;
  let [done, failed] = [0, 0];
  while ((current = waiting.shift())) {
    const { row } = current;
    let smooth = false;
    try {
      smooth = await read(current);
      done += 1;
    } catch (error) {
      failed += 1;
      row.item.classList.add("bad");
      fill(row.told, [error.message, error.hint].map(sentence).join(" "));
    }
    row.bar.replaceWith(...(smooth ? [] : [dismissal(current)]));
    if (smooth) setTimeout(() => row.item.remove(), SHOWN_MS);
  }
  working = false;
  fill(the("uploaded"), `${grouped(done)} read${failed ? `, ${grouped(failed)} failed` : ""}`);
  await refresh().catch(() => {}); // the server's state says that it is away
}

/** What takes a file that needs to be looked at out of the list. */
function dismissal({ name, row }) {
  const press = () => {
    row.item.remove();
    (the("uploads").querySelector("button") ?? the("choose-files")).focus();
  };
  const label = `Dismiss ${oneLine(name)}`;
  return make("button", { type: "button", "aria-label": label, on: { click: press } }, "Dismiss");
}

/** Send a file until it is read; whether nothing is to be said of it but that. */
async function read({ file, name, row }) {
  const { upload_bytes: most } = server.value;
  if (file.size > most) {
    const message = `larger than what is read: ${size(file.size)}, at most ${size(most)}`;
    throw new ApiError(413, { message, hint: "split it" });
  }
  for (;;) {
    fill(row.told, "sending");
    try {
      const report = await put(`/api/documents?name=${encodeURIComponent(name)}`, file);
      fill(row.told, outcome(report));
      return ![report.failed, report.skipped, report.noted].flat().length;
    } catch (error) {
      if (error.code !== "busy") throw error;
      fill(row.told, "waiting for others");
      await new Promise((over) => setTimeout(over, BUSY_MS));
    }
  }
}

/** What a report says of one file, in words. Throws what went wrong with all of it. */
function outcome({ added, changed, unchanged, copies, failed, skipped, noted }) {
  const read = added.length + changed.length;
  const [problem] = [...failed, ...skipped];
  if (problem && !read && !unchanged) {
    throw new ApiError(200, { message: problem.reason, hint: problem.hint });
  }
  const words = [];
  if (read) words.push(read > 1 ? `${counted(read, "document")} read` : "read");
  else if (unchanged || copies) words.push("there already");
  for (const { path, reason } of [...failed, ...skipped]) {
    words.push(`${short(path)}: ${reason}`);
  }
  words.push(...noted.flatMap(({ notes }) => notes));
  return words.map(oneLine).join("; ");
}

/** The server names files of others, too; here only ours is shown. */
function showProgress(progress) {
  if (!current || progress?.name !== current.name || progress.state !== "reading") return;
  const { bar, told } = current.row;
  const share = progress.of ? Math.min(1, progress.tokens / progress.of) : 0;
  bar.setAttribute("value", String(share));
  fill(told, `${percent(share)} read`);
}
