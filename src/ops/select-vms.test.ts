import { expect, test } from "bun:test";
import { selectVms } from "./select-vms.ts";

const vms = ["web1", "web2", "db", "web10"].map((name) => ({
  name,
  labels: name === "web10" ? [] : ["old", name],
}));
const names = (words: readonly string[]) => selectVms(vms, words).map(({ name }) => name);

test.each([
  [["db"], ["db"]],
  [
    ["db", "web1", "db"],
    ["web1", "db"],
  ],
  [["vm-web1"], ["web1"]],
  [["web?"], ["web1", "web2"]],
  [["web*"], ["web1", "web2", "web10"]],
  [["label=old"], ["web1", "web2", "db"]],
  [
    ["label=db", "web1?"],
    ["db", "web10"],
  ],
  [["*"], ["web1", "web2", "db", "web10"]],
])("%j", (words, found) => {
  expect(names(words)).toEqual(found);
});

test.each(["web3", "x*", "", "web[12]", ".", "label=", "label=new", "label=o*"])("%s names none", (word) => {
  expect(() => names([word])).toThrow("There is no VM");
});
