/** Where in the page one is, as its address says: `/#VIEW`, or `/documents/ID#CHUNK`, which opens
 * the panel beside the view.
 */

import { the } from "./dom.js";
import { Signal } from "./signal.js";

const VIEWS = ["ask", "documents", "generations", "memory"];

/** `{view, id, chunk}`; id and chunk are null where no passage is open. */
export const here = new Signal(read("ask"));

export function startViews() {
  addEventListener("popstate", follow);
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.('a[href^="/"]');
    const elsewhere = event.button || event.ctrlKey || event.metaKey || event.shiftKey;
    if (!link || elsewhere || event.altKey || event.defaultPrevented) return;
    event.preventDefault();
    go(link.getAttribute("href"));
  });
  here.listen(({ view }) => {
    for (const name of VIEWS) the(`view-${name}`).hidden = name !== view;
    for (const link of document.querySelectorAll(".rail nav a")) {
      if (link.getAttribute("href") === `/#${view}`) link.setAttribute("aria-current", "page");
      else link.removeAttribute("aria-current");
    }
  });
}

/** Go to an address of this page. */
export function go(address) {
  const { pathname, hash } = location;
  if (`${pathname}${hash}` !== address) history.pushState(null, "", address);
  follow();
}

function follow() {
  const before = here.value;
  here.value = read(before.view);
  if (here.value.view !== before.view) scrollTo(0, 0);
}

function read(view) {
  const found = /^\/documents\/(\d+)$/.exec(location.pathname);
  const name = location.hash.slice(1);
  if (found) {
    return { view, id: Number(found[1]), chunk: /^\d+$/.test(name) ? Number(name) : 0 };
  }
  return { view: VIEWS.includes(name) ? name : view, id: null, chunk: null };
}
