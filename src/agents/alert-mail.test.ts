import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type SmtpSink, smtpSink } from "../../test/support/smtp-sink.ts";
import { escapeXml } from "../xml/write.ts";
import type { AlertEvent } from "./alert-event.ts";
import { alertMail, firstMember } from "./alert-mail.ts";
import { mailSettings, recipientsOf } from "./mail-settings.ts";

const started: AlertEvent = {
  kind: "start",
  resource: "vm-web",
  node: "node1",
  subject: "web started on node1",
  toldEverywhere: false,
};

describe.skipIf(Bun.which("cibadmin") === null)("mail of an event", () => {
  let folder = "";
  let sink: SmtpSink;
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "haven-mail-"));
    process.env.CIB_file = join(folder, "cib.xml");
    sink = await smtpSink();
  });
  afterEach(() => {
    delete process.env.CIB_file;
    sink.close();
    rmSync(folder, { recursive: true });
  });

  const configure = (mail: unknown, spec: unknown = {}): void => {
    const pair = (id: string, name: string, value: string): string =>
      `<nvpair id="${id}" name="${name}" value="${escapeXml(value)}"/>`;
    const settings = mail === undefined ? "" : pair("hm", "mail", JSON.stringify(mail));
    writeFileSync(
      join(folder, "cib.xml"),
      `<cib crm_feature_set="3.16.1" validate-with="pacemaker-3.8" admin_epoch="0" epoch="1" num_updates="0"><configuration><crm_config>
       <cluster_property_set id="cib-bootstrap-options">${pair("cn", "cluster-name", "prod")}</cluster_property_set>
       <cluster_property_set id="haven-settings">${settings}</cluster_property_set></crm_config><nodes/><resources>
       <primitive id="vm-web" class="ocf" provider="haven" type="Domain"><instance_attributes id="p">${pair("ps", "spec", JSON.stringify(spec))}</instance_attributes></primitive>
       </resources><constraints/></configuration><status/></cib>`,
    );
  };
  const mail = (port: number) => ({
    server: `127.0.0.1:${port}`,
    from: "haven@example.org",
    to: ["ops@example.org", "night@example.org"],
  });

  test("goes to whom the settings name, once", async () => {
    configure(mail(sink.port));
    expect(await alertMail(started)).toBeUndefined();
    expect(sink.mails).toHaveLength(1);
    const [got] = sink.mails;
    expect(got).toMatchObject({ from: "haven@example.org", to: ["ops@example.org", "night@example.org"] });
    expect(got?.text).toContain("Subject: [prod] web started on node1");
    expect(got?.text).toContain("Auto-Submitted: auto-generated");
    expect(got?.text).toContain("haven vm show web");
  }, 60_000);

  test("a VM names its own recipients, or none", async () => {
    configure(mail(sink.port), { policies: { mail: ["owner@example.org"] } });
    expect(await alertMail(started)).toBeUndefined();
    expect(sink.mails.map(({ to }) => to)).toEqual([["owner@example.org"]]);
    configure(mail(sink.port), { policies: { mail: [] } });
    expect(await alertMail(started)).toBeUndefined();
    expect(sink.mails).toHaveLength(1);
    // A fencing is the cluster's.
    expect(await alertMail({ ...started, kind: "fencing", resource: undefined })).toBeUndefined();
    expect(sink.mails.at(-1)?.to).toEqual(["ops@example.org", "night@example.org"]);
  }, 60_000);

  test("without settings nothing is sent, and nothing is wrong", async () => {
    configure(undefined);
    expect(await alertMail(started)).toBeUndefined();
    expect(sink.mails).toEqual([]);
  }, 60_000);

  test("a server that is dead, or takes the connection and says nothing, is a line for the log", async () => {
    configure(mail(1));
    expect(await alertMail(started)).toContain("no mail of it");
    const silent = createServer();
    await new Promise<void>((done) => silent.listen(0, "127.0.0.1", done));
    const address = silent.address();
    configure(mail(typeof address === "object" && address !== null ? address.port : 0));
    const before = performance.now();
    expect(await alertMail(started)).toContain("no mail of it");
    expect(performance.now() - before).toBeLessThan(20_000);
    silent.close();
  }, 60_000);

  test("a password is not sent to a server that has no TLS", async () => {
    const file = join(folder, "password");
    writeFileSync(file, "secret\n");
    configure({ ...mail(sink.port), user: "haven", "password-file": file });
    expect(await alertMail(started)).toContain("no mail of it");
    expect(sink.heard.join("\n")).not.toMatch(/AUTH|c2VjcmV0|secret/);
    configure({ ...mail(sink.port), user: "haven", "password-file": `${file}.none` });
    expect(await alertMail(started)).toContain("password.none");
  }, 60_000);
});

test("one node of those that are told sends: the first that was not fenced", () => {
  expect(firstMember(["node3", "node2", "node1"], "node1")).toBe("node2");
  expect(firstMember(["node2"], "node3")).toBe("node2");
  expect(firstMember([""], "node3")).toBeUndefined();
});

test("settings that cannot be used are none", () => {
  const good = {
    server: "[fd00::25]:465",
    from: "a@b.org",
    to: ["c@d.org", "no address", "x@y.org\r\nBcc: z@z.org"],
  };
  expect(mailSettings(JSON.stringify(good))).toMatchObject({ host: "fd00::25", port: 465, to: ["c@d.org"] });
  expect(mailSettings(JSON.stringify({ ...good, server: "mail.example.org" }))).toMatchObject({
    host: "mail.example.org",
    port: 25,
  });
  for (const bad of [
    undefined,
    "",
    "{",
    "[]",
    '{"server":"a b","from":"a@b.org","to":[]}',
    '{"server":"a"}',
  ]) {
    expect(mailSettings(bad)).toBeUndefined();
  }
  expect(recipientsOf('{"policies":{"mail":["a@b.org"]}}')).toEqual(["a@b.org"]);
  expect(recipientsOf('{"policies":{}}')).toBeUndefined();
  expect(recipientsOf(undefined)).toBeUndefined();
});
