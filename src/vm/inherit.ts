/** Fields of a specification, or what is in one of them. */
type Fields = Readonly<Record<string, unknown>>;

/** A specification with its defaults, and the paths of what is not its own: `cpu/model`, `networks/0/bridge`. */
export interface Inheriting<T> {
  readonly value: T;
  readonly inherited: readonly string[];
}

/** Fields in which a VM's own values stand beside the defaults'; of all others it has its own or the default. */
const mixed: ReadonlySet<string> = new Set([
  "clock",
  "console",
  "cpu",
  "firmware",
  "graphics",
  "migration",
  "placement",
  "policies",
  "ready-signal",
  "tpm",
]);

/** Where these differ, the rest of the default is for something else. */
const kinds = ["enabled", "type"] as const;

/** A VM that has the one does not get the other. */
const either: readonly (readonly [string, string])[] = [
  ["offset", "timezone"],
  ["timezone", "offset"],
];

/** Gives a specification the values of defaults where it has none. */
export function inherit(own: Fields, defaults: Fields): Inheriting<Fields> {
  const value: Record<string, unknown> = { ...own };
  const inherited: string[] = [];
  for (const [name, given] of Object.entries(defaults)) {
    const has = value[name];
    if (given === undefined) continue;
    if (!mixed.has(name) || !isFields(given)) {
      if (has !== undefined) continue;
      value[name] = given;
      inherited.push(name);
    } else if (has === undefined || isFields(has)) {
      const inner = mix(has ?? {}, given);
      value[name] = inner.value;
      inherited.push(...inner.inherited.map((path) => `${name}/${path}`));
    }
  }
  return { value, inherited };
}

function mix(own: Fields, defaults: Fields): Inheriting<Fields> {
  const isOther = kinds.some((kind) => own[kind] !== undefined && own[kind] !== defaults[kind]);
  if (isOther) return { value: own, inherited: [] };
  const value: Record<string, unknown> = { ...own };
  const inherited: string[] = [];
  for (const [name, given] of Object.entries(defaults)) {
    const has = value[name];
    if (given === undefined || either.some(([one, other]) => one === name && own[other] !== undefined))
      continue;
    if (has === undefined) {
      value[name] = given;
      inherited.push(name);
    } else if (isFields(has) && isFields(given)) {
      const inner = mix(has, given);
      value[name] = inner.value;
      inherited.push(...inner.inherited.map((path) => `${name}/${path}`));
    }
  }
  return { value, inherited };
}

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
