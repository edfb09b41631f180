import "./console.css";
import "./pages.css";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { z } from "zod";
import { ApiClient } from "./api/api-client.ts";
import { App } from "./app/app.tsx";
import { showTheme } from "./app/theme.ts";
import { type Who, whoIs } from "./app/who-is.ts";

// Making functions of text is what the content security policy forbids.
z.config({ jitless: true });
showTheme();
/** So long nothing is shown, milliseconds: who waits longer sees that something is asked. */
const quietMs = 300;

const place = document.getElementById("console");
if (place !== null) {
  const client = new ApiClient();
  const asked = whoIs(client);
  const waited = new Promise<Who>((done) => setTimeout(() => done({ is: "asking" }), quietMs));
  void Promise.race([asked, waited]).then((first) =>
    createRoot(place).render(
      <StrictMode>
        <App {...{ client, first, asked }} />
      </StrictMode>,
    ),
  );
}
