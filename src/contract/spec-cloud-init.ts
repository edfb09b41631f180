import { z } from "zod";
import { field, fields, path, text } from "./spec-parts.ts";

const userText = "the name of a user in the guest: small letters, digits, dashes and underscores";
const keyText = "an SSH public key, as in a file id_ed25519.pub";
const hostText = "a host name";
const addressText = "an address with the length of its prefix, such as 10.1.2.3/24";
const plainText = "an address such as 10.1.2.1";

const hostName = text(hostText).regex(
  /^(?=.{1,253}$)[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*$/,
  { error: hostText },
);

const ipv4 = /^((25[0-5]|2[0-4]\d|1?\d?\d)(\.(?!$)|$)){4}$/;

function isIp(value: string): boolean {
  return ipv4.test(value) || z.ipv6().safeParse(value).success;
}

const plainAddress = text(plainText).refine(isIp, { error: plainText });

const addressWithPrefix = text(addressText).refine(
  (value) => {
    const [address = "", prefix = "", ...more] = value.split("/");
    if (more.length > 0 || !/^\d{1,3}$/.test(prefix) || !isIp(address)) return false;
    return Number(prefix) <= (ipv4.test(address) ? 32 : 128);
  },
  { error: addressText },
);

/** One, or a list of some. */
const some = <S extends z.ZodType>(schema: S, expected: string) =>
  z.union(
    [
      schema.transform((one) => [one]),
      z.array(schema, { error: expected }).min(1, { error: expected }).max(16),
    ],
    {
      error: expected,
    },
  );

const cardFields = fields(
  {
    address: some(addressWithPrefix, addressText).describe("Its addresses, each with its prefix's length"),
    gateway: field(some(plainAddress, plainText), "Where what is not local goes to"),
    dns: field(some(plainAddress, plainText), "Name servers"),
    search: field(some(hostName, hostText), "Domains that names are looked up in"),
  },
  "dhcp, or fields with address",
);

const card = z.union([z.literal("dhcp"), cardFields], { error: "dhcp, or fields with address" });

/** What a cloud image learns of itself when it boots for the first time. There is no place for a password. */
export const cloudInit = fields(
  {
    user: field(
      text(userText).regex(/^[a-z_][a-z0-9_-]{0,31}$/, { error: userText }),
      "A user that may become root; the image's own one unless set",
    ),
    "ssh-keys": field(
      some(
        text(keyText).regex(
          /^(ssh|ecdsa|sk)-[a-z0-9@.-]{2,50} [A-Za-z0-9+/]{16,12000}={0,3}( [^\p{Cc}]{0,200})?$/u,
          {
            error: keyText,
          },
        ),
        keyText,
      ),
      "Who may log in as that user",
    ),
    hostname: field(hostName, "The guest's host name, with or without a domain; the VM's name unless set"),
    networks: field(
      z.array(card, { error: "a list: dhcp, or fields with address, for each network card" }).max(32),
      "The addresses of the VM's network cards, in their order; dhcp for those that are not named",
    ),
    seed: field(
      path,
      "The image with all this that the guest reads, on storage that all nodes reach; beside the first disk unless set",
    ),
  },
  "fields such as user, ssh-keys, hostname, networks",
);
