import { HavenError } from "../base/errors.ts";

/** Where the console's files are, gzip'ed, by the paths that they are asked for with. */
export type ConsoleFiles = Readonly<Record<string, string>>;

const page = "/index.html";

const types: Readonly<Record<string, string>> = {
  html: "text/html; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  css: "text/css; charset=utf-8",
  svg: "image/svg+xml",
  woff2: "font/woff2",
};

/** No script and no style but the console's own, nothing from elsewhere, and nobody's frame. */
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data: blob:",
  "font-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
  "form-action 'self'",
].join("; ");

const unbuilt = "The web console is not built: make build\n";

/** Whether a path is none of the API's: then it is the web console's. */
export function isPagePath(path: string): boolean {
  return path !== "/metrics" && path !== "/v1" && !path.startsWith("/v1/");
}

/**
 * Answers what is asked of the web console: its files, and its page for whatever else there could be, since the page
 * itself knows what the paths mean. Files are in no folder; names of VMs may have dots.
 *
 * @throws HavenError api.path, api.method
 */
export async function answerPage(
  { method, headers }: Pick<Request, "method" | "headers">,
  path: string,
  files: ConsoleFiles,
): Promise<Response> {
  const isFile = /^\/[^/]*\.[^/]*$/.test(path);
  const name = isFile ? path : page;
  const file = Object.hasOwn(files, name) ? files[name] : undefined;
  if (file === undefined && (isFile || Object.hasOwn(files, page))) {
    throw new HavenError("api.path", { path: path.slice(0, 200) });
  }
  if (method !== "GET" && method !== "HEAD") {
    throw new HavenError("api.method", { expected: "GET, HEAD", found: method.slice(0, 20) });
  }
  if (file === undefined) return new Response(unbuilt, { headers: { "content-type": "text/plain" } });
  const takesGzip = /\bgzip\b/.test(headers.get("accept-encoding") ?? "");
  const packed = await Bun.file(file).bytes();
  return new Response(takesGzip ? packed : Bun.gunzipSync(packed), {
    headers: {
      ...(takesGzip ? { "content-encoding": "gzip" } : {}),
      vary: "accept-encoding",
      "content-type": types[name.slice(name.lastIndexOf(".") + 1)] ?? "application/octet-stream",
      // The page is another one after an update; what it names has the hash of its content in the name.
      "cache-control": name === page ? "no-cache" : "public, max-age=31536000, immutable",
      "content-security-policy": policy,
      "x-frame-options": "DENY",
      "referrer-policy": "no-referrer",
      "cross-origin-opener-policy": "same-origin",
      "permissions-policy": "camera=(), geolocation=(), microphone=()",
    },
  });
}
