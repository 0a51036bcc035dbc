// Light and dark: as the system has it, unless chosen otherwise.

const PLACE = "restante.theme";

/** Applies what was chosen. */
export function applyTheme() {
  const chosen = localStorage.getItem(PLACE);
  if (chosen) document.documentElement.dataset.theme = chosen;
}

/** Whether the page is dark now. */
export function isDark() {
  const chosen = document.documentElement.dataset.theme;
  return chosen ? chosen === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
}

/** Changes from light to dark and back. */
export function toggleTheme() {
  const chosen = isDark() ? "light" : "dark";
  localStorage.setItem(PLACE, chosen);
  document.documentElement.dataset.theme = chosen;
}
