import { type StyleRule, styleRules, writeStyles } from "./style-rules.ts";

export interface SplitStylesOptions {
  /** All scripts that are loaded before something is shown. */
  readonly firstScripts: string;
  /** All scripts. */
  readonly scripts: string;
}

export interface SplitStyles {
  /** What is needed before something is shown. */
  readonly first: string;
  /** What only scripts need that are loaded later; to be put behind the first. */
  readonly later: string;
}

type Place = "first" | "later" | "nowhere";

/** PatternFly's blocks: components and layouts. */
const block = /pf-v6-[cl]-[a-z0-9]+(?:-[a-z0-9]+)*/g;
/** What bundlers write for browsers that do not know `:is()`, before the rule that has it. */
const forOldBrowsers = /:-(?:webkit|moz)-any\(/;
/** The console has one theme, light and dark. */
const otherTheme = /\.pf-v6-theme-(?!dark\b)/;

/**
 * Splits a built style sheet by the scripts that name PatternFly's blocks, and leaves out what nothing needs: blocks that
 * no script names, other themes, and custom properties that nothing reads. Rules of the page's own are all in the first.
 */
export function splitStyles(css: string, { firstScripts, scripts }: SplitStylesOptions): SplitStyles {
  const [firstBlocks, blocks] = [blocksOf(firstScripts), blocksOf(scripts)];
  const rules = styleRules(css);
  const placeOf = (rule: StyleRule): Place => rulePlace(rule, firstBlocks, blocks);
  const first = pick(rules, (rule) => placeOf(rule) === "first");
  const later = pick(rules, (rule) => placeOf(rule) === "later");
  const readFirst = propertiesRead([first], propertiesOf(firstScripts));
  const read = propertiesRead([first, later], new Set([...readFirst, ...propertiesOf(scripts)]));
  return {
    first: writeStyles(withProperties(first, (name) => readFirst.has(name))),
    later: writeStyles([
      ...withProperties(onlyProperties(first), (name) => read.has(name) && !readFirst.has(name)),
      ...withProperties(later, (name) => read.has(name)),
    ]),
  };
}

function blocksOf(text: string): ReadonlySet<string> {
  return new Set(text.match(block) ?? []);
}

function propertiesOf(text: string): ReadonlySet<string> {
  return new Set(text.match(/--[a-zA-Z][\w-]*/g) ?? []);
}

/** Where the rule's selectors, each by itself, are needed first; a selector needs all the blocks that it names. */
function rulePlace(
  { prelude, declarations }: StyleRule,
  firstBlocks: ReadonlySet<string>,
  blocks: ReadonlySet<string>,
): Place {
  if (declarations === undefined || prelude.startsWith("@")) return "first";
  const places = selectorsOf(prelude).map((selector): Place => {
    const named = selector.replaceAll(/:not\([^)]*\)/g, "");
    if (otherTheme.test(named) || forOldBrowsers.test(named)) return "nowhere";
    const names = named.match(block) ?? [];
    if (names.every((name) => firstBlocks.has(name))) return "first";
    return names.every((name) => blocks.has(name)) ? "later" : "nowhere";
  });
  if (places.includes("first")) return "first";
  return places.includes("later") ? "later" : "nowhere";
}

/** What commas part that are in no brackets. */
function selectorsOf(prelude: string): readonly string[] {
  const selectors: string[] = [];
  let depth = 0;
  let from = 0;
  for (let at = 0; at <= prelude.length; at++) {
    const letter = prelude[at] ?? ",";
    if (letter === "(" || letter === "[") depth++;
    else if (letter === ")" || letter === "]") depth--;
    else if (letter === "," && depth === 0) {
      selectors.push(prelude.slice(from, at));
      from = at + 1;
    }
  }
  return selectors;
}

/** The rules that are wanted, in the groups that they are in. */
function pick(rules: readonly StyleRule[], isWanted: (rule: StyleRule) => boolean): readonly StyleRule[] {
  return rules.flatMap((rule) => {
    if (rule.rules === undefined) return isWanted(rule) ? [rule] : [];
    const inside = pick(rule.rules, isWanted);
    return inside.length === 0 ? [] : [{ ...rule, rules: inside }];
  });
}

/** Calls back with all declarations, in groups too. */
function eachDeclaration(rules: readonly StyleRule[], call: (declaration: string) => void): void {
  for (const rule of rules) {
    if (rule.rules !== undefined) eachDeclaration(rule.rules, call);
    else for (const declaration of rule.declarations ?? [rule.text ?? ""]) call(declaration);
  }
}

/** The custom properties whose values something reads, by way of others too. */
function propertiesRead(
  sheets: readonly (readonly StyleRule[])[],
  known: ReadonlySet<string>,
): ReadonlySet<string> {
  const read = new Set(known);
  const readBy = new Map<string, Set<string>>();
  for (const sheet of sheets) {
    eachDeclaration(sheet, (declaration) => {
      const own = customName(declaration);
      const names = propertiesOf(own === undefined ? declaration : declaration.slice(own.length));
      if (own === undefined) for (const name of names) read.add(name);
      else readBy.set(own, new Set([...(readBy.get(own) ?? []), ...names]));
    });
  }
  // A set is gone through with what is added meanwhile.
  for (const name of read) for (const other of readBy.get(name) ?? []) read.add(other);
  return read;
}

/** The name of the custom property that is declared; undefined where it is another one. */
function customName(declaration: string): string | undefined {
  return /^\s*(--[\w-]+)\s*:/.exec(declaration)?.[1];
}

/** Without the custom properties that are not wanted, and rules that have nothing else. */
function withProperties(
  rules: readonly StyleRule[],
  isWanted: (name: string) => boolean,
): readonly StyleRule[] {
  return kept(rules, (declaration) => {
    const name = customName(declaration);
    return name === undefined || isWanted(name);
  });
}

function onlyProperties(rules: readonly StyleRule[]): readonly StyleRule[] {
  return kept(
    rules.filter(({ text }) => text === undefined),
    (declaration) => customName(declaration) !== undefined,
  );
}

function kept(rules: readonly StyleRule[], isKept: (declaration: string) => boolean): readonly StyleRule[] {
  return rules.flatMap((rule): readonly StyleRule[] => {
    if (rule.rules !== undefined) {
      const inside = kept(rule.rules, isKept);
      return inside.length === 0 ? [] : [{ ...rule, rules: inside }];
    }
    if (rule.declarations === undefined) return [rule];
    const declarations = rule.declarations.filter(isKept);
    return declarations.length === 0 ? [] : [{ ...rule, declarations }];
  });
}
