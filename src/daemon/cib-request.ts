/** crm_ipc_client_response: the sender waits for an answer (include/crm/common/ipc.h). */
const wantsAnswer = 0x200;
/** PCMK__IPC_VERSION. */
const version = 1;
const headerLength = 40;

/**
 * A request to one of Pacemaker's daemons: pcmk__ipc_header_t (lib/common/crmcommon_private.h of Pacemaker 2.1.5 and
 * 3.0.0), which begins with qb_ipc_response_header (libqb's qbipc_common.h: three integers of 32 bits, each aligned to
 * 8), and the text with its closing zero, not compressed.
 *
 * @param id Counts up in a connection
 */
export function encodeCibRequest(text: string, id: number): Uint8Array {
  const body = Buffer.from(`${text}\0`, "utf8");
  const message = Buffer.alloc(headerLength + body.length);
  message.writeInt32LE(id, 0);
  message.writeInt32LE(message.length, 8);
  message.writeUInt32LE(body.length, 24);
  message.writeUInt32LE(wantsAnswer, 32);
  message.writeUInt8(version, 36);
  body.copy(message, headerLength);
  return message;
}
