import { expect, test } from "bun:test";
import { imageName, imageRecipe } from "./image-recipe.ts";

test("whatever goes into an image is in its name", () => {
  const recipe = imageRecipe("debian13");
  const name = imageName(recipe, ["script"]);
  expect(name).toMatch(/^trixie-[0-9a-f]{12}$/);
  expect(imageName(recipe, ["script"])).toBe(name);
  expect(imageName(recipe, ["another"])).not.toBe(name);
  expect(imageName({ ...recipe, packages: [...recipe.packages, "vim"] }, ["script"])).not.toBe(name);
  expect(imageName(imageRecipe("debian12"), ["script"])).toStartWith("bookworm-");
});
