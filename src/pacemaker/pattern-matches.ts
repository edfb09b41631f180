/**
 * Whether a location constraint's `rsc-pattern` means a resource; one that begins with "!" means all others. Undefined for
 * a pattern that cannot be read here: Pacemaker's are POSIX extended.
 */
export function patternMatches(pattern: string, resource: string): boolean | undefined {
  const isNot = pattern.startsWith("!");
  try {
    return new RegExp(isNot ? pattern.slice(1) : pattern).test(resource) !== isNot;
  } catch {
    return undefined;
  }
}
