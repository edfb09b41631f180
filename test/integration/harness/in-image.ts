import { type ExecOptions, type ExecResult, exec } from "../../../src/base/exec.ts";

/**
 * Runs programs of a node image without a lab: in namespaces of their own with the image as their root, without a
 * network. Nothing of the image is changed by what only says something of itself.
 *
 * @param root The image's directory
 */
export function inImage(
  root: string,
): (argv: readonly string[], options?: ExecOptions) => Promise<ExecResult> {
  const enter = ["unshare", "--mount", "--net", "--pid", "--fork", "--kill-child", `--root=${root}`];
  return (argv, options = {}) => {
    // Python would keep what it has compiled.
    const env = { ...options.env, PATH: "/usr/sbin:/usr/bin:/sbin:/bin", PYTHONDONTWRITEBYTECODE: "1" };
    return exec([...enter, "--mount-proc", "--", ...argv], { ...options, env });
  };
}
