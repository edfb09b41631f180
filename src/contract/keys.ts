/**
 * The keys of a keyboard by their names, as the command line, the API and the console send them to a guest.
 *
 * Source: the key codes of Linux, include/uapi/linux/input-event-codes.h (KEY_*), which libvirt calls the codeset
 * "linux". Pure.
 */
const named: Readonly<Record<string, number>> = {
  esc: 1,
  minus: 12,
  equal: 13,
  backspace: 14,
  tab: 15,
  leftbrace: 26,
  rightbrace: 27,
  enter: 28,
  leftctrl: 29,
  semicolon: 39,
  apostrophe: 40,
  grave: 41,
  leftshift: 42,
  backslash: 43,
  comma: 51,
  dot: 52,
  slash: 53,
  rightshift: 54,
  kpasterisk: 55,
  leftalt: 56,
  space: 57,
  capslock: 58,
  numlock: 69,
  scrolllock: 70,
  kpminus: 74,
  kpplus: 78,
  kpdot: 83,
  "102nd": 86,
  kpenter: 96,
  rightctrl: 97,
  kpslash: 98,
  sysrq: 99,
  rightalt: 100,
  home: 102,
  up: 103,
  pageup: 104,
  left: 105,
  right: 106,
  end: 107,
  down: 108,
  pagedown: 109,
  insert: 110,
  delete: 111,
  mute: 113,
  volumedown: 114,
  volumeup: 115,
  power: 116,
  pause: 119,
  leftmeta: 125,
  rightmeta: 126,
  compose: 127,
  sleep: 142,
  wakeup: 143,
};

/** Other words for the same keys. */
const alike = new Map(
  Object.entries({
    escape: "esc",
    return: "enter",
    ctrl: "leftctrl",
    control: "leftctrl",
    alt: "leftalt",
    altgr: "rightalt",
    shift: "leftshift",
    meta: "leftmeta",
    super: "leftmeta",
    win: "leftmeta",
    windows: "leftmeta",
    del: "delete",
    ins: "insert",
    pgup: "pageup",
    pgdn: "pagedown",
    print: "sysrq",
    printscreen: "sysrq",
    menu: "compose",
    period: "dot",
  }),
);

// Rows of keys whose codes follow one another.
const rows: readonly (readonly [first: number, keys: string])[] = [
  [2, "1234567890"],
  [16, "qwertyuiop"],
  [30, "asdfghjkl"],
  [44, "zxcvbnm"],
];

const codes: ReadonlyMap<string, number> = new Map([
  ...Object.entries(named),
  ...rows.flatMap(([first, keys]) => [...keys].map((key, i): [string, number] => [key, first + i])),
  ...numbered("f", 1, 10, 59),
  ...numbered("f", 11, 12, 87),
  ...numbered("f", 13, 24, 183),
  ...numbered("kp", 7, 9, 71),
  ...numbered("kp", 4, 6, 75),
  ...numbered("kp", 1, 3, 79),
  ["kp0", 82],
]);

function numbered(prefix: string, from: number, to: number, first: number): (readonly [string, number])[] {
  return Array.from({ length: to - from + 1 }, (_, i) => [`${prefix}${from + i}`, first + i] as const);
}

/** Every name of a key. */
export const keyNames: readonly string[] = [...codes.keys(), ...alike.keys()].sort();

/** libvirt takes no more keys at once: VIR_DOMAIN_SEND_KEY_MAX_KEYS. */
const mostKeys = 16;

/**
 * The codes of keys that are pressed together: names with `-` or `+` between them ("ctrl-alt-del", "shift+a"), as
 * Linux calls them with or without `KEY_`, or numbers ("29", "0x1d").
 *
 * @param codeset Of another codeset than linux only numbers are known here
 * @returns the codes, or what is wrong, to be read after the word
 */
export function keyCodes(chord: string, codeset = "linux"): readonly number[] | string {
  const words = chord.toLowerCase().split(/[-+]/);
  if (words.length > mostKeys) return `names ${words.length} keys, at the most ${mostKeys} go together`;
  const found: number[] = [];
  for (const word of words) {
    // A digit by itself is the key with that digit on it.
    const isNumber = /^(0x[0-9a-f]{1,4}|\d{1,5})$/.test(word) && (codeset !== "linux" || word.length > 1);
    if (isNumber) {
      const code = Number(word);
      if (code > 0xffff) return `names the key ${word}, expected a code up to 65535`;
      found.push(code);
      continue;
    }
    if (codeset !== "linux") return `names the key '${word}', expected a number: the codeset is ${codeset}`;
    const name = word.startsWith("key_") ? word.slice(4) : word;
    const code = codes.get(alike.get(name) ?? name);
    if (code === undefined) return `names the key '${word}', which is not known`;
    found.push(code);
  }
  return found;
}
