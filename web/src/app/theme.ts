const key = "haven-theme";
const darkClass = "pf-v6-theme-dark";

/** Whether the page is dark: as was chosen, as the system is unless something was. */
export function isDark(): boolean {
  const chosen = stored();
  return chosen === undefined ? matchMedia("(prefers-color-scheme: dark)").matches : chosen === "dark";
}

/** Makes the page light or dark, and remembers it where the browser lets it. */
export function setDark(dark: boolean): void {
  try {
    localStorage.setItem(key, dark ? "dark" : "light");
  } catch {
    // Storage may be switched off: it holds for this page then.
  }
  showTheme(dark);
}

/** Shows what was chosen. */
export function showTheme(dark: boolean = isDark()): void {
  document.documentElement.classList.toggle(darkClass, dark);
}

function stored(): string | undefined {
  try {
    return localStorage.getItem(key) ?? undefined;
  } catch {
    return undefined;
  }
}
