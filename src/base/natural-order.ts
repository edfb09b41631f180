let collator: Intl.Collator | undefined;

/** Compares names as people sort them, web2 before web10. Of a thousand names in milliseconds, unlike localeCompare. */
export function naturalOrder(a: string, b: string): number {
  collator ??= new Intl.Collator("en", { numeric: true });
  return collator.compare(a, b);
}
