import { askEarly } from "../api/early-answers.ts";
import { showTheme } from "../app/theme.ts";
import { sketchWhenThere } from "./sketch-when-there.ts";

// Runs while the console itself is still loaded.
showTheme();
sketchWhenThere(askEarly());
