import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type SmtpSink, smtpSink } from "../../test/support/smtp-sink.ts";
import { escapeXml } from "../xml/write.ts";
import { askByMail } from "./ask-by-mail.ts";

describe.skipIf(Bun.which("cibadmin") === null)("a person is asked by mail", () => {
  const folder = mkdtempSync(join(tmpdir(), "haven-asked-"));
  const stamps = join(folder, "asked");
  let sink: SmtpSink;
  const configure = (port: number): void => {
    const mail = JSON.stringify({
      server: `127.0.0.1:${port}`,
      from: "haven@example.org",
      to: ["ops@example.org"],
    });
    writeFileSync(
      join(folder, "cib.xml"),
      `<cib crm_feature_set="3.16.1" validate-with="pacemaker-3.8" admin_epoch="0" epoch="1" num_updates="0"><configuration><crm_config>
       <cluster_property_set id="haven-settings"><nvpair id="hm" name="mail" value="${escapeXml(mail)}"/></cluster_property_set></crm_config><nodes/><resources/><constraints/></configuration><status/></cib>`,
    );
  };
  beforeAll(async () => {
    process.env.CIB_file = join(folder, "cib.xml");
    sink = await smtpSink();
    configure(sink.port);
  });
  afterAll(() => {
    delete process.env.CIB_file;
    sink.close();
    rmSync(folder, { recursive: true });
  });

  test("once, with what to type; again after an hour, and when it could not be sent", async () => {
    configure(1);
    expect(await askByMail("node2", stamps)).toContain("no mail of it");
    configure(sink.port);
    expect(await askByMail("node2", stamps)).toBeUndefined();
    expect(await askByMail("node2", stamps)).toBeUndefined();
    expect(sink.mails).toHaveLength(1);
    expect(sink.mails[0]?.text.replace(/\r?\n[ \t]/g, " ")).toContain(
      "SOMEBODY MUST ACT: make sure that node2 is off, then: haven fence confirm node2",
    );
    expect(await askByMail("node3", stamps)).toBeUndefined();
    expect(sink.mails).toHaveLength(2);
    const past = (Date.now() - 3_700_000) / 1000;
    utimesSync(join(stamps, "node2"), past, past);
    expect(await askByMail("node2", stamps)).toBeUndefined();
    expect(sink.mails).toHaveLength(3);
  }, 60_000);
});
