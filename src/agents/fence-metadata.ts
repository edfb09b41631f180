import type { FenceOption } from "./fence-option.ts";

/** What a fence agent says of itself. */
export interface FenceDescription {
  readonly name: string;
  readonly short: string;
  readonly long: string;
  readonly vendorUrl: string;
  readonly options: readonly FenceOption[];
}

/** The actions every agent here has, as metadata lists them. */
export const fenceActions = [
  "on",
  "off",
  "reboot",
  "status",
  "list",
  "list-status",
  "monitor",
  "metadata",
  "validate-all",
] as const;

export type FenceAction = (typeof fenceActions)[number];

/**
 * The metadata that Pacemaker, pcs and crmsh read, in the form of the fence-agents package: an option's older names
 * stand as parameters of their own, marked deprecated, and the current one says what it obsoletes.
 */
export function fenceMetadata({ name, short, long, vendorUrl, options }: FenceDescription): string {
  return [
    '<?xml version="1.0" ?>',
    `<resource-agent name="${escapeXml(name)}" shortdesc="${escapeXml(short)}">`,
    `<longdesc>${escapeXml(long)}</longdesc>`,
    `<vendor-url>${escapeXml(vendorUrl)}</vendor-url>`,
    "<parameters>",
    ...options
      .filter(({ hidden }) => hidden !== true)
      .flatMap((option) => [
        ...(option.deprecated ?? []).flatMap((old) => parameter(option, old)),
        ...parameter(option),
      ]),
    "</parameters>",
    "<actions>",
    ...fenceActions.map(
      (action) => `\t<action name="${action}"${action === "on" ? ' automatic="0"' : ""} />`,
    ),
    "</actions>",
    "</resource-agent>",
    "",
  ].join("\n");
}

function parameter(option: FenceOption, old?: string): readonly string[] {
  const required = option.required === true && old === undefined ? 1 : 0;
  const obsoletes = option.deprecated?.[0];
  const status =
    old !== undefined ? ' deprecated="1"' : obsoletes !== undefined ? ` obsoletes="${obsoletes}"` : "";
  return [
    `\t<parameter name="${old ?? option.name}" unique="0" required="${required}"${status}>`,
    `\t\t<getopt mixed="${escapeXml(onCommandLine(option))}" />`,
    ...content(option),
    `\t\t<shortdesc lang="en">${escapeXml(option.text)}</shortdesc>`,
    "\t</parameter>",
  ];
}

function content({ type, choices, default: value }: FenceOption): readonly string[] {
  const preset = value === undefined ? "" : ` default="${escapeXml(value)}"`;
  if (choices === undefined) return [`\t\t<content type="${type}"${preset} />`];
  return [
    `\t\t<content type="select"${preset}>`,
    ...choices.map((choice) => `\t\t\t<option value="${escapeXml(choice)}" />`),
    "\t\t</content>",
  ];
}

/** "-a, --ip=[ip]": how the option is written on the command line. */
export function onCommandLine({ name, short, type }: FenceOption): string {
  const long = `--${name.replaceAll("_", "-")}`;
  const value = type === "boolean" ? "" : `=[${type === "second" ? "seconds" : name}]`;
  return `${short === undefined ? "" : `-${short}, `}${long}${value}`;
}

/** What --help prints. */
export function fenceHelp({ name, options }: FenceDescription): string {
  const rows = options.map((option) => {
    const more = option.default === undefined ? "" : ` (default ${option.default})`;
    return `   ${onCommandLine(option).padEnd(44)} ${option.text}${more}`;
  });
  return [`Usage:`, `   ${name} [options]`, "Options:", ...rows, ""].join("\n");
}

function escapeXml(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    .replaceAll("'", "&apos;");
}
