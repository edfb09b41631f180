import { HavenError } from "../base/errors.ts";
import { nearest } from "../base/nearest.ts";
import { sysrqRequest, sysrqWords } from "../contract/sysrq.ts";
import type { Environment } from "./environment.ts";
import { type VmSendKeyResult, vmSendKey } from "./vm-send-key.ts";

/**
 * Presses Alt, SysRq and a key on a guest's keyboard. What does harm is asked before.
 *
 * @param options.request A name ("sync"), or its letter; a digit sets the level of the kernel's messages
 * @throws HavenError usage, besides what vmSendKey throws
 */
export async function vmSysrq(
  environment: Environment,
  options: { readonly name: string; readonly request: string },
): Promise<VmSendKeyResult> {
  const word = options.request.toLowerCase();
  const request = sysrqRequest(word);
  if (request === undefined) {
    const like = nearest(word, sysrqWords);
    throw new HavenError("usage", {
      what: `SysRq has no request '${options.request}'`,
      hint: like === undefined ? "See: haven vm sysrq --help" : `Did you mean ${like}?`,
    });
  }
  const question = `Send SysRq ${request.name} to ${options.name}? To the guest: ${request.harm}.`;
  return await vmSendKey(environment, {
    name: options.name,
    keys: [`alt-sysrq-${request.key}`],
    command: "sysrq",
    ...(request.harm === undefined ? {} : { question }),
  });
}
