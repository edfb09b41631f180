import { askEarly } from "./api/early-answers.ts";

// Runs while the console itself is still loaded.
askEarly();
