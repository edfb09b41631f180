/**
 * The files of the folder from which an installer boots once. `once` is the mark that it has not booted yet: who takes
 * it away may boot the installer, and nobody after that.
 */
export const installFolder = { kernel: "kernel", initrd: "initrd", once: "once" } as const;
