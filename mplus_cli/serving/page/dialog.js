/** Questions to the person that must be answered before anything goes on. */

import { fill, make, the } from "./dom.js";
import { sentence } from "./text.js";

/** Ask something; true where it is agreed to. `danger`: it can't be taken back. */
export async function confirmed(title, body, yes, danger = false) {
  const dialog = the("dialog");
  if (dialog.open) return false;
  const before = document.activeElement;
  fill(the("dialog-title"), title);
  fill(the("dialog-body"), body);
  fill(the("dialog-yes"), yes);
  the("dialog-yes").className = danger ? "danger" : "strong";
  the("dialog-no").onclick = () => dialog.close("no");
  dialog.returnValue = "no";
  dialog.showModal();
  await new Promise((closed) => dialog.addEventListener("close", closed, { once: true }));
  if (before instanceof HTMLElement && before.isConnected) before.focus();
  return dialog.returnValue === "yes";
}

/** Say what went wrong, and the way out. */
export async function told(title, { message, hint }) {
  const text = [message, hint].map(sentence).join(" ");
  await confirmed(title, make("p", {}, text), "Close");
}

/** The token that the person gives; null where none is given. */
export async function askForToken(wasWrong) {
  const field = make("input", { type: "password", id: "token", autocomplete: "off" });
  const why = wasWrong ? "That token is not this server's." : "This server wants its token.";
  const body = [
    make("p", {}, `${why} It stands in the file that mplus serve named when it started, and is
      kept here until this tab is closed.`),
    make("label", { for: "token" }, "Token"),
    field,
  ];
  const given = await confirmed("Token", body, "Go on");
  return given && field.value.trim() ? field.value.trim() : null;
}
