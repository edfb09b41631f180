import { createHash } from "node:crypto";
import type { WantedFile } from "../host/put-file.ts";
import type { FenceResource } from "./fence-resource.ts";

/** Where Pacemaker keeps values that do not stand in the CIB, a folder for each resource. */
export const secretFolder = "/var/lib/pacemaker/lrm/secrets";

/**
 * The files in which Pacemaker looks for values that the CIB gives as "lrm://": one for each parameter, and the
 * MD5 sum that it checks, as `cibsecret set` makes them. They are the same on every node.
 * Source: cibsecret(8) and pcmk__substitute_secrets of Pacemaker 2.1 and 3.0.
 */
export function secretFiles(
  resources: readonly Pick<FenceResource, "id" | "secrets">[],
): readonly WantedFile[] {
  return resources.flatMap(({ id, secrets }) =>
    Object.entries(secrets).flatMap(([name, value]): WantedFile[] => {
      const path = `${secretFolder}/${id}/${name}`;
      const sum = createHash("md5").update(value).digest("hex");
      return [
        { path, content: value, mode: 0o600 },
        { path: `${path}.sign`, content: `${sum}\n`, mode: 0o600 },
      ];
    }),
  );
}
