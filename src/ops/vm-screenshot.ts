import { HavenError } from "../base/errors.ts";
import { ppmToPng } from "../base/ppm-to-png.ts";
import { errorCode } from "../libvirt/constants.ts";
import { isLibvirtError } from "../libvirt/libvirt-error.ts";
import { readWhole } from "../libvirt/read-whole.ts";
import type { Environment } from "./environment.ts";
import { locateVm } from "./locate-vm.ts";

export interface VmScreenshotResult {
  readonly name: string;
  readonly node: string;
  /** A whole PNG file. */
  readonly png: Uint8Array;
}

/** A picture of 16 million pixels in three bytes each; more is not a screen's. */
const largestBytes = 48 * 1024 * 1024 + 1024;

/**
 * Takes a picture of what a guest shows on its screen.
 *
 * @param options.screen Which one where a VM has several, from 0 on
 * @throws HavenError vm.not-found, vm.refused where it has no screen, vm.failed, usage, libvirt.*
 */
export async function vmScreenshot(
  environment: Environment,
  options: { readonly name: string; readonly screen?: number },
): Promise<VmScreenshotResult> {
  const { vm, node, libvirt, domain } = await locateVm(environment, options.name, {
    action: "screen",
    command: "screenshot",
  });
  const call = { signal: environment.signal };
  try {
    const { mime, stream } = await libvirt.domainScreenshot(domain, options.screen ?? 0, 0, call);
    const picture = await readWhole(stream, largestBytes, "the picture");
    const png = isPng(picture) ? picture : ppmToPng(picture);
    if (png !== undefined) return { name: vm.name, node, png };
    throw new HavenError("libvirt.protocol", {
      what: `expected a picture as PNG or PPM, found ${picture.length} bytes of ${mime ?? "something"}`,
    });
  } catch (error) {
    if (!isLibvirtError(error) || !noScreen(error.code)) throw error;
    throw new HavenError(
      "vm.refused",
      {
        name: vm.name,
        why: "gives no picture of its screen",
        hint: "A VM has a screen with graphics: vnc or video: vga in its specification",
      },
      { cause: error },
    );
  }
}

/** What libvirt says of a domain without a card, or without a second screen, and of one that has no screens at all. */
function noScreen(code: number): boolean {
  const codes: readonly number[] = [
    errorCode.invalidArg,
    errorCode.operationInvalid,
    errorCode.operationFailed,
    errorCode.noSupport,
  ];
  return codes.includes(code);
}

function isPng(bytes: Uint8Array): boolean {
  return Buffer.from(bytes.subarray(0, 8)).toString("latin1") === "\x89PNG\r\n\x1a\n";
}
