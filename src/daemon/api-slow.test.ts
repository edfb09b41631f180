import { describe, expect, test } from "bun:test";
import { ApiOnFile } from "../../test/support/api-on-file.ts";

describe.skipIf(Bun.which("crm_mon") === null)("an answer that takes long", () => {
  test("is heard: the connection is kept for longer than Bun keeps one that is silent", async () => {
    const api = new ApiOnFile();
    await api.start();
    try {
      api.eventsAfterMs = 13_000;
      expect((await api.ask("viewer", "GET", "/v1/events")).status).toBe(200);
    } finally {
      await api.stop();
    }
  }, 60_000);
});
