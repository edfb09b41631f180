/** Where mail goes, as the cluster's settings have it (src/contract/settings.ts, whose checks were made before). */
export interface MailSettings {
  readonly host: string;
  readonly port: number;
  readonly from: string;
  readonly to: readonly string[];
  readonly user: string | undefined;
  readonly passwordFile: string | undefined;
}

const defaultPort = 25;

/** Reads the setting `mail`, JSON; undefined where there is none that can be used. */
export function mailSettings(text: string | undefined): MailSettings | undefined {
  const value = json(text);
  const server = /^(\[([0-9a-fA-F:.]+)\]|[A-Za-z0-9.-]+)(?::(\d{1,5}))?$/.exec(String(value?.server ?? ""));
  const from = addresses([value?.from])[0];
  const to = addresses(value?.to);
  if (server === null || from === undefined) return undefined;
  const file = value?.["password-file"];
  return {
    host: server[2] ?? server[1] ?? "",
    port: server[3] === undefined ? defaultPort : Number(server[3]),
    from,
    to,
    user: typeof value?.user === "string" ? value.user : undefined,
    passwordFile: typeof file === "string" && file.startsWith("/") ? file : undefined,
  };
}

/** Who gets the mail of a VM by its specification, JSON; undefined where it names nobody: then the cluster's. */
export function recipientsOf(specification: string | undefined): readonly string[] | undefined {
  const policies = json(specification)?.policies;
  if (typeof policies !== "object" || policies === null || !("mail" in policies)) return undefined;
  return Array.isArray(policies.mail) ? addresses(policies.mail) : undefined;
}

/** Only what is an address: nothing else may get into a header. */
function addresses(value: unknown): readonly string[] {
  const all: readonly unknown[] = Array.isArray(value) ? value : [];
  return all
    .filter((one) => typeof one === "string")
    .filter((one) => /^[^\s<>,;:"\\]+@[^\s<>,;:"\\]+$/.test(one));
}

function json(text: string | undefined): { readonly [key: string]: unknown } | undefined {
  try {
    const value: unknown = JSON.parse(text ?? "");
    return typeof value === "object" && value !== null ? (value as { [key: string]: unknown }) : undefined;
  } catch {
    return undefined;
  }
}
