let loaded: Promise<void> | undefined;

/**
 * Loads the styles of what is not shown first, once: the page names their sheet (scripts/build-web.ts).
 *
 * @throws Error where they cannot be loaded; they are tried again when asked for again
 */
export function laterStyles(): Promise<void> {
  loaded ??= load().catch((error: unknown) => {
    loaded = undefined;
    throw error;
  });
  return loaded;
}

function load(): Promise<void> {
  const href = document.querySelector<HTMLMetaElement>('meta[name="later-styles"]')?.content;
  if (href === undefined) return Promise.resolve();
  return new Promise((done, fail) => {
    const link = document.createElement("link");
    link.rel = "stylesheet";
    link.href = href;
    link.onload = () => done();
    link.onerror = () => {
      link.remove();
      fail(
        new Error(
          "The page's styles cannot be loaded: this node may not answer, or have another version now",
        ),
      );
    };
    document.head.append(link);
  });
}
