import { describe, expect, test } from "bun:test";
import { chassisOptions, checkChassisOptions } from "./fence-chassis-options.ts";
import { parseFenceInput, parseFenceWords } from "./fence-option.ts";

const input = (text: string) => parseFenceInput(text, chassisOptions);
const words = (...list: string[]) => parseFenceWords(list, chassisOptions);

describe("standard input and command line say the same", () => {
  test.each([
    ["ip=10.0.0.1", ["-a", "10.0.0.1"]],
    ["ipaddr=10.0.0.1", ["--ip=10.0.0.1"]],
    ["ip=10.0.0.1\nipport=1161", ["-a10.0.0.1", "-u", "1161"]],
    ["community=secret\nsnmp_version=2c", ["-c", "secret", "-d", "2c"]],
    ["login=admin\npasswd=long secret", ["-l", "admin", "-p", "long secret"]],
    ["username=admin\npassword=a=b", ["--username", "admin", "--password=a=b"]],
    ["port=node1\naction=off", ["-n", "node1", "-o", "off"]],
    ["plug=node1\naction=status", ["--plug", "node1", "--action", "status"]],
    ["snmp_auth_prot=sha\nsnmp_sec_level=authpriv", ["-b", "SHA", "-E", "authPriv"]],
    [
      "snmp_priv_prot=aes\nsnmp_priv_passwd=x\nsnmp_priv_passwd_script=/s",
      ["-B", "AES", "-P", "x", "-R", "/s"],
    ],
    ["no_softoff=1\nverbose=yes", ["--no-softoff", "-v"]],
    ["inet4_only=true\nquiet=on", ["-4q"]],
    [
      "power_timeout=90\npower_wait=2\nshell_timeout=3",
      ["--power-timeout=90", "--power-wait", "2", "--shell-timeout=3"],
    ],
    ["debug=/tmp/x\nseparator=;", ["-D", "/tmp/x", "-C", ";"]],
    ["password_script=/p\nlogin_timeout=4\nretry_on=3", ["-S", "/p", "--login-timeout=4", "--retry-on=3"]],
    ["delay=5\nplug_separator=+", ["--delay=5", "--plug-separator=+"]],
  ])("%s", (text, list) => {
    const left = input(text);
    const right = words(...list);
    expect(left.values).toEqual(right.values);
    expect(left.values.size).toBeGreaterThan(0);
    expect([...left.errors, ...right.errors, ...left.warnings, ...right.warnings]).toEqual([]);
  });
});

describe("standard input", () => {
  test("comments, blank lines, quotes and dashes for underscores", () => {
    expect([...input('# a comment\n\n  ip="10.0.0.1"  \nsnmp-version=1\n').values]).toEqual([
      ["ip", "10.0.0.1"],
      ["snmp_version", "1"],
    ]);
  });

  test("unknown options are ignored with a warning that shows no value", () => {
    const { values, warnings, errors } = input("nonsense=hunter2\nip=x\nalso nonsense");
    expect([...values.keys()]).toEqual(["ip"]);
    expect(warnings).toEqual([
      "Ignored the unknown option nonsense",
      "Ignored the unknown option also nonsense",
    ]);
    expect(errors).toEqual([]);
  });

  test("what Pacemaker keeps for itself passes in silence", () => {
    expect(
      input("pcmk_host_list=a b\npcmk_off_timeout=120\nnodename=node1\ncrm_feature_set=3.20").warnings,
    ).toEqual([]);
  });

  test("wrong types are errors, without the value", () => {
    const { errors } = input("power_timeout=soon\nsnmp_version=4\nipport=-1\nsnmp_auth_prot=hunter2");
    expect(errors).toEqual([
      "power_timeout expects a number of seconds",
      "snmp_version expects one of: 1, 2c, 3",
      "ipport expects a number",
      "snmp_auth_prot expects one of: MD5, SHA, SHA224, SHA256, SHA384, SHA512",
    ]);
  });

  test("a switch that is neither yes nor no is left at its default", () => {
    expect(input("no_softoff=maybe")).toMatchObject({
      values: new Map(),
      warnings: ["Ignored no_softoff, which is neither yes nor no"],
    });
  });
});

test("unknown words of the command line are errors", () => {
  expect(words("--nonsense=1").errors).toEqual(["Unknown option --nonsense"]);
  expect(words("-Z").errors).toEqual(["Unknown option -Z"]);
  expect(words("-a").errors).toEqual(["--ip needs a value"]);
});

describe("what a chassis needs", () => {
  const check = (text: string, action: "off" | "list" = "list") => checkChassisOptions(values(text), action);
  const values = (text: string) =>
    new Map([["ipport", "161"], ["separator", ","], ["plug_separator", ","], ...input(text).values]);

  test("address, credentials and, to switch, a plug", () => {
    expect(check("ip=x\ncommunity=c")).toEqual([]);
    expect(check("", "off")).toHaveLength(3);
    expect(check("ip=x\ncommunity=c", "off")).toEqual([
      "plug is missing: the server's name or its slot's number",
    ]);
  });

  test("version 3 needs a user, and passwords of 8 characters", () => {
    expect(check("ip=x\nsnmp_version=3")).toEqual(["username is missing, which SNMP version 3 needs"]);
    expect(check("ip=x\nusername=u\npassword=12345678")).toEqual([]);
    expect(check("ip=x\nusername=u\npassword=short")).toEqual(["password expects at least 8 characters"]);
    expect(check("ip=x\nusername=u\npassword=12345678\nsnmp_sec_level=authPriv")).toEqual([
      "snmp_priv_passwd is missing, which authPriv needs",
    ]);
    expect(check("ip=x\nusername=u\nsnmp_priv_passwd=12345678")).toEqual([
      "password is missing, which authentication needs",
    ]);
  });

  test("a script is a program with an absolute path", () => {
    expect(check("ip=x\nusername=u\npassword_script=cat /secret")).toEqual([
      "password_script expects the absolute path of a program",
    ]);
    expect(check("ip=x\nusername=u\npassword_script=/bin/cat /secret")).toEqual([]);
  });
});
