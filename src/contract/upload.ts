/** What an image is called that is uploaded: no path, nothing hidden, and with what it is. */
export const uploadName = /^[A-Za-z0-9][A-Za-z0-9._+-]{0,120}\.(iso|img|raw|qcow2|vmdk|vdi|vhd|vhdx)$/;

export const uploadNameExpected =
  "letters, digits, dots, dashes, + and _, with .iso, .img, .raw, .qcow2, .vmdk, .vdi, .vhd or .vhdx at the end";

/** Nobody uploads more, bytes. */
export const mostUploadBytes = 16 * 2 ** 40;

/** So many bytes may be under way that were not written yet. */
export const uploadWindowBytes = 4 * 1024 * 1024;

/** What the daemon says in an upload's WebSocket, as JSON. */
export type UploadSays =
  | { readonly written: number }
  | { readonly done: { readonly path: string; readonly bytes: number; readonly sha256: string } }
  | { readonly failed: string };
