/** The page: starts its parts, which listen to each other's signals. A newcomer's map:
 *
 * api, stream        requests, and answers that come piece by piece
 * memory             what the page knows of the memory, kept current
 * views              where in the page one is
 * conversation, answer, marks    asking, and what an answer says
 * passage            the panel with a document at a passage
 * documents, intake  the list of documents, and files on their way in
 * generations, status, bars      history and state of the memory
 * history            conversations, kept in this browser
 * dialog, theme, dom, text, signal    what all of them use
 */

import { failure } from "./answer.js";
import { current, open, startConversation, stop } from "./conversation.js";
import { confirmed } from "./dialog.js";
import { startDocuments } from "./documents.js";
import { fill, make, the } from "./dom.js";
import { startGenerations } from "./generations.js";
import { asMarkdown, clear, conversations, followTabs, remove, title } from "./history.js";
import { startIntake } from "./intake.js";
import { follow, server } from "./memory.js";
import { closePanel, openPassage, startPanel } from "./passage.js";
import { startStatus } from "./status.js";
import { counted, oneLine } from "./text.js";
import { startTheme } from "./theme.js";
import { go, here, startViews } from "./views.js";

startTheme();
startPanel();
startViews();
startConversation();
startDocuments();
startIntake();
startGenerations();
startStatus();
startHistory();
here.listen(({ id, chunk }) => (id === null ? closePanel() : openPassage(id, chunk)));
server.listen(showServer);
addEventListener("keydown", keys);
the("skip").addEventListener("click", toQuestion);
follow();

function startHistory() {
  followTabs();
  the("history").open = matchMedia("(min-width: 60rem)").matches;
  conversations.listen(showConversations);
  current.listen(showConversations);
  the("new").addEventListener("click", () => show(null));
  the("clear").addEventListener("click", async () => {
    const why = "They are kept in this browser alone, and nothing brings them back.";
    const body = make("p", {}, why);
    if (!(await confirmed("Clear all conversations?", body, "Clear all", true))) return;
    clear();
    show(null);
  });
  the("export").addEventListener("click", () => {
    const file = new Blob([asMarkdown(current.value)], { type: "text/markdown" });
    const address = URL.createObjectURL(file);
    make("a", { href: address, download: "conversation.md" }).click();
    setTimeout(() => URL.revokeObjectURL(address), 1000);
  });
}

function show(id) {
  go("/#ask");
  open(id);
}

function showConversations() {
  const kept = conversations.value;
  the("export").disabled = !current.value.turns.length;
  the("clear").disabled = !kept.length;
  const rows = kept.map((each) => {
    const name = oneLine(title(each));
    const shown = each.id === current.value.id;
    const press = () => show(each.id);
    const out = () => {
      remove(each.id);
      if (shown) show(null);
    };
    const opener = make(
      "button",
      { type: "button", class: "name", "aria-current": shown && "true", on: { click: press } },
      name,
    );
    const label = `Remove the conversation ${name}`;
    const bin = make("button", { type: "button", "aria-label": label, on: { click: out } }, "×");
    return make("li", {}, opener, bin);
  });
  fill(the("conversations"), rows);
}

function showServer({ known, away, busy, waiting, writable }) {
  let text = "";
  if (away) text = "not there";
  else if (known && busy) text = "answering";
  else if (known) text = writable ? "ready" : "ready, read-only";
  if (!away && waiting) text += `, ${counted(waiting, "question")} waiting`;
  the("server").classList.toggle("bad", Boolean(away));
  fill(the("server"), text);
  the("away").hidden = !away;
  fill(the("away"), away && failure(away));
}

/** "/" goes to the question from anywhere that is not written in; Escape stops an answer. */
function keys(event) {
  if (event.key === "Escape" && !the("dialog").open) stop();
  const written = event.target.closest?.("input, textarea, dialog");
  if (event.key !== "/" || written || event.ctrlKey || event.metaKey || event.altKey) return;
  toQuestion(event);
}

function toQuestion(event) {
  event.preventDefault();
  go("/#ask");
  the("question").focus();
}
