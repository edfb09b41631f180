/**
 * The terminal writes its colours and sizes into `<style>` elements, which the content security policy forbids. Scripts
 * may make style sheets: one of each such element below an element is kept.
 */
export function adoptStyles(element: HTMLElement): { end(): void } {
  const sheets = new Map<HTMLStyleElement, CSSStyleSheet>();
  const adopt = (): void => {
    const found = new Set(element.querySelectorAll("style"));
    for (const style of found) {
      const sheet = sheets.get(style) ?? new CSSStyleSheet();
      sheets.set(style, sheet);
      sheet.replaceSync(style.textContent ?? "");
    }
    for (const style of sheets.keys()) if (!found.has(style)) sheets.delete(style);
    publish();
  };
  let published: readonly CSSStyleSheet[] = [];
  const publish = (): void => {
    const others = document.adoptedStyleSheets.filter((sheet) => !published.includes(sheet));
    published = [...sheets.values()];
    document.adoptedStyleSheets = [...others, ...published];
  };
  const observer = new MutationObserver((records) => {
    if (records.some(({ target }) => isOfStyle(target) || hasStyle(target))) adopt();
  });
  observer.observe(element, { childList: true, characterData: true, subtree: true });
  return {
    end() {
      observer.disconnect();
      sheets.clear();
      publish();
    },
  };
}

function isOfStyle(node: Node): boolean {
  return node instanceof HTMLStyleElement || node.parentNode instanceof HTMLStyleElement;
}

/** Rows of text come and go all the time: only what has a style of its own is looked through. */
function hasStyle(node: Node): boolean {
  return node instanceof Element && node.querySelector(":scope > style") !== null;
}
