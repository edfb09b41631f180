/** A look that is under way is everybody's who asks meanwhile: none is made beside it. */
export function sharedLook<T>(look: () => Promise<T>): () => Promise<T> {
  let current: Promise<T> | undefined;
  return async () => {
    current ??= look().finally(() => {
      current = undefined;
    });
    return await current;
  };
}
