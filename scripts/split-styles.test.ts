import { expect, test } from "bun:test";
import { splitStyles } from "./split-styles.ts";

const scripts = {
  firstScripts: '"pf-v6-c-alert" "--pf-shown-by-script"',
  scripts: '"pf-v6-c-alert" "pf-v6-c-table"',
};

test("blocks are with the scripts that name them, and those that none names are nowhere", () => {
  const css = [
    ".own{a:b}.pf-v6-c-alert{a:b}.pf-v6-c-alert__title.pf-m-x{a:b}.pf-v6-c-table{a:b}.pf-v6-c-wizard{a:b}",
    ".pf-v6-c-alert .pf-v6-c-table{a:b}.pf-v6-c-wizard,.pf-v6-c-alert-group,.pf-v6-c-alert:not(.pf-v6-c-wizard){a:b}",
    "@media print{.pf-v6-c-table{a:b}}@media screen{.pf-v6-c-wizard{a:b}}",
    ".pf-v6-theme-glass .own{a:b}.pf-v6-theme-dark .own{a:b}",
  ].join("");
  expect(splitStyles(css, scripts)).toEqual({
    first: [
      ".own{a:b}.pf-v6-c-alert{a:b}.pf-v6-c-alert__title.pf-m-x{a:b}",
      ".pf-v6-c-wizard,.pf-v6-c-alert-group,.pf-v6-c-alert:not(.pf-v6-c-wizard){a:b}",
      ".pf-v6-theme-dark .own{a:b}",
    ].join(""),
    later: ".pf-v6-c-table{a:b}.pf-v6-c-alert .pf-v6-c-table{a:b}@media print{.pf-v6-c-table{a:b}}",
  });
});

test("custom properties are where they are read first, by way of others too, and nowhere where nothing reads them", () => {
  const css = [
    ":root{--a:1px;--b:var(--a);--c:2px;--d:var(--d);--pf-shown-by-script:3px}",
    ".own{margin:var(--b, var(--e));--e:4px}.pf-v6-c-table{padding:var(--c)}",
  ].join("");
  expect(splitStyles(css, scripts)).toEqual({
    first: ":root{--a:1px;--b:var(--a);--pf-shown-by-script:3px}.own{margin:var(--b, var(--e));--e:4px}",
    later: ":root{--c:2px}.pf-v6-c-table{padding:var(--c)}",
  });
});

test("what is written for browsers that do not know :is() is left out", () => {
  const css = `.pf-v6-c-a :-webkit-any(b,i){x:y}.pf-v6-c-a :-moz-any(b,i){x:y}.pf-v6-c-a :is(b,i){x:y}`;
  const scripts = "pf-v6-c-a";
  expect(splitStyles(css, { firstScripts: scripts, scripts }).first).toBe(".pf-v6-c-a :is(b,i){x:y}");
});
