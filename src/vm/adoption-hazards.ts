import type { XmlElement } from "../xml/element.ts";

/**
 * Why a domain that runs cannot become Haven's as it is, by its XML: what would be lost with its definition, or is not
 * settled. Texts are read after its name.
 */
export function adoptionHazards(domain: XmlElement): readonly string[] {
  const devices = domain.child("devices");
  const backends = (devices?.all("tpm") ?? []).map((tpm) => tpm.child("backend"));
  const loses = backends.some(
    (backend) => backend?.get("type") === "emulator" && backend.get("persistent_state") !== "yes",
  );
  const copied = devices?.all("disk").some((disk) => disk.child("mirror") !== undefined) === true;
  return [
    ...(loses
      ? [
          "has a TPM whose state libvirt deletes when a domain without a definition ends: stop it, add persistent_state='yes' to the backend of its TPM, start it",
        ]
      : []),
    ...(copied ? ["a copy of one of its disks is under way: wait for its end"] : []),
  ];
}
