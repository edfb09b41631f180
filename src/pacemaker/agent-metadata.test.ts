import { describe, expect, test } from "bun:test";
import { isHavenError } from "../base/errors.ts";
import { parseAgentMetadata } from "./agent-metadata.ts";

const fence = `<?xml version="1.0" ?>
<resource-agent name="fence_pdu" shortdesc="Fence agent for a PDU" >
<longdesc>It logs in,
   and switches.</longdesc>
<parameters>
	<parameter name="ip" unique="0" required="1" obsoletes="ipaddr">
		<getopt mixed="-a, --ip=[ip]" />
		<content type="string"  />
		<shortdesc lang="en">IP address or hostname</shortdesc>
	</parameter>
	<parameter name="ipaddr" unique="0" required="1" deprecated="1">
		<content type="string"  />
		<shortdesc lang="en">IP address or hostname</shortdesc>
	</parameter>
	<parameter name="snmp_version" unique="0" required="0">
		<content type="select" default="1"  >
			<option value="1" />
			<option value="3" />
		</content>
		<shortdesc lang="en">Version</shortdesc>
	</parameter>
</parameters>
<actions>
	<action name="on" automatic="0"/>
	<action name="off" />
</actions>
</resource-agent>
`;

describe("a fence agent", () => {
  const { parameters, ...rest } = parseAgentMetadata(fence, "fence_pdu");

  test("its words and actions", () => {
    expect(rest).toMatchObject({
      name: "fence_pdu",
      short: "Fence agent for a PDU",
      long: "It logs in, and switches.",
    });
    expect(rest.actions.map(({ name }) => name)).toEqual(["on", "off"]);
    expect(rest.actions[0]?.attributes.get("automatic")).toBe("0");
  });

  test("its parameters: required, choices, what took the place of which", () => {
    expect(
      parameters.map(({ name, required, deprecated, replacedBy }) => [
        name,
        required,
        deprecated,
        replacedBy,
      ]),
    ).toEqual([
      ["ip", true, false, undefined],
      ["ipaddr", true, true, "ip"],
      ["snmp_version", false, false, undefined],
    ]);
    expect(parameters[2]).toMatchObject({ type: "select", choices: ["1", "3"], default: "1" });
  });
});

test("a resource agent with a DTD and the form of API 1.1", () => {
  const { parameters, actions } = parseAgentMetadata(
    `<?xml version="1.0"?>
<!DOCTYPE resource-agent SYSTEM "ra-api-1.dtd">
<resource-agent name="Domain" version="1.0"><version>1.1</version>
<shortdesc lang="en">A VM</shortdesc>
<parameters><parameter name="old" unique-group="a"><deprecated><replaced-with name="new"/></deprecated>
<content type="string"/></parameter><parameter name="new"><content type="boolean" default="false"/></parameter></parameters>
<actions><action name="start" timeout="120s"/></actions></resource-agent>`,
    "Domain",
  );
  expect(parameters).toMatchObject([
    { name: "old", deprecated: true, replacedBy: "new", unique: true },
    { name: "new", type: "boolean", default: "false", deprecated: false },
  ]);
  expect(actions[0]?.attributes.get("timeout")).toBe("120s");
});

const hostile: readonly (readonly [string, string, RegExp])[] = [
  ["nothing", "", /it is no XML/],
  ["an error message", "Traceback (most recent call last):", /it is no XML/],
  ["another document", "<cib/>", /its root element is <cib>/],
  [
    "an entity",
    '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/shadow">]><resource-agent><shortdesc>&b;</shortdesc></resource-agent>',
    /it is no XML/,
  ],
  [
    "a parameter's name that would end a line",
    '<resource-agent><parameters><parameter name="a&#10;b"/></parameters></resource-agent>',
    /it names a parameter "a\\nb"/,
  ],
  [
    "a parameter twice",
    '<resource-agent><parameters><parameter name="a"/><parameter name="a"/></parameters></resource-agent>',
    /the parameter a twice/,
  ],
  ["more than any agent says", `<resource-agent>${" ".repeat(1024 * 1024)}</resource-agent>`, /it is no XML/],
];

test.each(hostile)("not taken: %s", (_, text, words) => {
  try {
    parseAgentMetadata(text, "fence_x");
    throw new Error("it was taken");
  } catch (error) {
    expect(isHavenError(error, "agent.metadata")).toBe(true);
    expect(String(error)).toMatch(words);
  }
});
