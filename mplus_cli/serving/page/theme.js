/** Dark or light: as the system has it, until the person says otherwise. */

import { the } from "./dom.js";

const KEY = "mplus.theme";
const system = matchMedia("(prefers-color-scheme: dark)");

export function startTheme() {
  show();
  system.addEventListener("change", show);
  the("theme").addEventListener("click", () => {
    const wanted = isDark() ? "light" : "dark";
    const usual = system.matches ? "dark" : "light";
    if (wanted === usual) localStorage.removeItem(KEY);
    else localStorage.setItem(KEY, wanted);
    show();
  });
}

function isDark() {
  const wanted = localStorage.getItem(KEY);
  return wanted ? wanted === "dark" : system.matches;
}

function show() {
  document.documentElement.dataset.theme = isDark() ? "dark" : "light";
  the("theme").setAttribute("aria-pressed", String(isDark()));
}
