import { describe, expect, test } from "bun:test";
import { XmlDocument } from "libxml2-wasm";
import { isHavenError } from "../base/errors.ts";
import type { XmlElement } from "./element.ts";
import { readXml } from "./read.ts";
import { writeXml } from "./write.ts";

function problem(text: string, options = {}): string {
  try {
    readXml(text, options);
  } catch (error) {
    if (isHavenError(error, "xml.invalid"))
      return `${error.payload.line}:${error.payload.column} ${error.payload.what}`;
    throw error;
  }
  return "taken";
}

describe("what is read", () => {
  test("elements, attributes, text, CDATA, entities", () => {
    const root = readXml(
      `<?xml version="1.0"?>\n<a x="1&lt;&#65;&#x42;" y='"'>t &amp; <![CDATA[<raw>]]><b:c-d.e/><!-- no --></a>\n`,
    );
    expect(root.name).toBe("a");
    expect(root.get("x")).toBe("1<AB");
    expect(root.get("y")).toBe('"');
    expect(root.text).toBe("t & <raw>");
    expect(root.children.map((child) => child.name)).toEqual(["b:c-d.e"]);
  });

  test("line ends and white space in values are what XML says they are", () => {
    const root = readXml("<a x='1\r\n2\t3'>a\r\nb\rc</a>");
    expect(root.get("x")).toBe("1 2 3");
    expect(root.text).toBe("a\nb\nc");
    expect(readXml("<a x='1&#10;2'/>").get("x")).toBe("1\n2");
  });

  test("comments are kept where asked for", () => {
    const root = readXml("<!-- top --><a><!-- in --><b/></a>", { keepComments: true });
    expect(root.children.map((child) => child.name)).toEqual(["#comment", "b"]);
    expect(writeXml(root)).toBe("<a><!-- in --><b/></a>");
  });

  test("text between elements keeps its place where that is asked for", () => {
    const text = "<a>1<b>2</b>3<c/> <d>&lt;4<!--x-->5</d></a>";
    const root = readXml(text, { keepMixed: true, keepComments: true });
    expect(root.children.map((child) => child.name)).toEqual(["#text", "b", "#text", "c", "d"]);
    expect([root.child("b")?.text, root.child("d")?.text, root.text]).toEqual(["2", "<45", ""]);
    expect(writeXml(root)).toBe("<a>1<b>2</b>3<c/><d>&lt;45<!--x--></d></a>");
    expect(writeXml(root, { indent: 2 })).toBe("<a>1<b>2</b>3<c/><d>&lt;45<!--x--></d></a>\n");
    expect(readXml(text).text).toBe("13");
  });

  test("names that an object would trip over are plain attributes", () => {
    const root = readXml("<a __proto__='1' constructor='2'/>");
    expect(root.get("__proto__")).toBe("1");
    expect(root.get("toString")).toBeUndefined();
  });

  test("what is written reads as the same", () => {
    const text = `<a x="&lt;&quot;&#10;&amp;'"><b/>t</a>`;
    expect(writeXml(readXml(writeXml(readXml(text))))).toBe(writeXml(readXml(text)));
    expect(readXml(writeXml(readXml(text))).get("x")).toBe(`<"\n&'`);
  });
});

describe("what is refused, with its place", () => {
  const cases: readonly (readonly [string, string])[] = [
    ["", "1:1 has no element"],
    ["text", "1:5 has no element"],
    ["<a>", "1:4 ends inside <a>"],
    ["<a></b>", "1:4 has </b> where </a> was expected"],
    ["<a/><b/>", "1:9 has more than one root element"],
    ["<a/>x", "1:6 has text outside the root element"],
    ["<a x=1/>", "1:6 has no quotes around the value of x"],
    ["<a x/>", "1:5 has no = after the attribute x"],
    ["<a x='1' x='2'/>", "1:11 has the attribute x twice"],
    ["<a x='1'y='2'/>", "1:9 has no space before an attribute"],
    ["<a x='<'/>", "1:6 has a < in the value of x"],
    ["<a>\n&nope;</a>", "2:1 has an entity that is not taken: &nope;"],
    ["<a>&</a>", "1:4 has an entity that is not taken: &"],
    ["<a>&#0;</a>", "1:4 has an entity that is not taken: &#0;"],
    ["<a>&#xD800;</a>", "1:4 has an entity that is not taken: &#xD800;"],
    ["<a>]]></a>", "1:4 has ]]> in text"],
    ["<a>\u0001</a>", "1:4 has a character that XML does not allow"],
    ["<1/>", "1:2 has no element's name here"],
    ["<a><!-- -- --></a>", "1:4 has a comment without its end"],
    ["<a><![CDATA[</a>", "1:4 has a CDATA section without its end"],
    ["<a/ >", "1:3 has a / that does not end a tag"],
    [`<a x="1`, "1:6 has no end of the value of x"],
    ["<a><?x</a>", "1:4 has a processing instruction without its end"],
    [
      "<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>",
      "1:1 has a document type or another declaration, which is not taken",
    ],
  ];
  for (const [text, expected] of cases)
    test(JSON.stringify(text), () => expect(problem(text)).toBe(expected));

  test("what is too deep or too long", () => {
    expect(problem("<a>".repeat(300))).toContain("nested deeper than 200");
    expect(problem(`<a>${"x".repeat(100)}</a>`, { maxLength: 50 })).toContain("longer than 50 characters");
  });
});

/** libxml2's view of a document, as our tree writes it; undefined where it refuses. */
function byLibxml(text: string): string | undefined {
  try {
    using document = XmlDocument.fromString(text);
    const show = (node: unknown): string => {
      const element = node as import("libxml2-wasm").XmlElement;
      const attributes = element.attrs.map(
        (a) => `${a.prefix ? `${a.prefix}:` : ""}${a.name}=${JSON.stringify(a.content)}`,
      );
      const parts: string[] = [];
      let words = "";
      for (let child = element.firstChild; child !== null; child = child.next) {
        const kind = child.constructor.name;
        if (kind === "XmlElement") parts.push(show(child));
        else if (kind === "XmlText" || kind === "XmlCData") words += child.content;
      }
      return `${element.name}(${attributes.sort().join(" ")})[${words.replace(/\s/g, "")}]{${parts.join("")}}`;
    };
    return show(document.root);
  } catch {
    return undefined;
  }
}

function byUs(text: string): string | undefined {
  const show = (element: XmlElement): string => {
    const attributes = [...element.entries()].map(([name, value]) => `${name}=${JSON.stringify(value)}`);
    // White space alone between two tags is not kept, and no data document gives it a meaning.
    const words = element.text.replace(/\s/g, "");
    return `${element.name}(${attributes.sort().join(" ")})[${words}]{${element.children.map(show).join("")}}`;
  };
  try {
    return show(readXml(text));
  } catch {
    return undefined;
  }
}

test("on 4,000 mutated documents: never other than libxml2, unless it refuses what libxml2 takes", () => {
  const seed = `<?xml version="1.0"?>\n<cib a="1" b='x&amp;y'><!-- c --><n id="i1">text &lt; <![CDATA[raw]]></n><e/><f g="&#65;"></f></cib>`;
  const pieces = [
    "<",
    ">",
    "/",
    "&",
    ";",
    '"',
    "'",
    "=",
    " ",
    "a",
    "\n",
    "<!--",
    "-->",
    "]]>",
    "&#x1;",
    "<a/>",
    "\u00e9",
    "?",
  ];
  let state = 12345;
  const next = (below: number): number => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return (state >>> 8) % below;
  };
  let refusedByUsOnly = 0;
  for (let i = 0; i < 4000; i++) {
    let text = seed;
    for (let n = next(3) + 1; n > 0; n--) {
      const at = next(text.length);
      const cut = next(3);
      text =
        text.slice(0, at) + (next(3) === 0 ? "" : (pieces[next(pieces.length)] ?? "")) + text.slice(at + cut);
    }
    const ours = byUs(text);
    const theirs = byLibxml(text);
    if (ours === undefined && theirs !== undefined) refusedByUsOnly += 1;
    if (ours !== undefined) expect([text, ours]).toEqual([text, theirs ?? "refused by libxml2"]);
  }
  expect(refusedByUsOnly).toBeLessThan(100);
});
