import "./console.css";
import "./pages.css";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { z } from "zod";
import { App } from "./app/app.tsx";
import { showTheme } from "./app/theme.ts";

// Making functions of text is what the content security policy forbids.
z.config({ jitless: true });
showTheme();
const place = document.getElementById("console");
if (place !== null) {
  createRoot(place).render(
    <StrictMode>
      <App />
    </StrictMode>,
  );
}
