/**
 * The path of a route with its parts filled in.
 *
 * @example
 * routePath("/v1/vms/{name}/stop", "web1") // "/v1/vms/web1/stop"
 */
export function routePath(path: string, name: string): string {
  return path.replace(/\{(name|id|kind|agent)\}/, () => encodeURIComponent(name));
}
