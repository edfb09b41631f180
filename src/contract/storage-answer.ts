import { z } from "zod";

const text = z.string();

/** What a file in a storage location is for, as its name says; `block` is a volume or a device. */
export const storedKinds = ["iso", "image", "file", "block"] as const;

/** Something that could be a VM's disk, or in its drive. */
const storedFile = z.object({
  path: text,
  kind: z.enum(storedKinds),
  bytes: z.number().describe("Of a file as long as it says; 0 of a device"),
  modified: text.describe("ISO 8601"),
  vms: z.array(text).describe("The VMs that have it"),
});

const location = z.object({
  path: text,
  files: z.array(storedFile),
  free: z.number().optional().describe("Bytes that are free there"),
  why: text.optional().describe("Why it could not be looked through"),
  isCut: z.boolean().describe("There is more than is told"),
});

/** What is in the configured storage, as one node sees it. Imports zod: its types are free. */
export const storageAnswer = z.object({ node: text, locations: z.array(location) });

export type StorageList = z.infer<typeof storageAnswer>;
export type StorageLocation = StorageList["locations"][number];
export type StoredFile = z.infer<typeof storedFile>;
