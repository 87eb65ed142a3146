/**
 * What the page may load: its own files, and connections to `origins` besides its own. No inline script or style, no
 * frame, no plugin, no other site.
 * @param origins such as "https://rpc.example.org"
 */
export function contentSecurityPolicy(origins: readonly string[] = []): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    `connect-src ${["'self'", ...origins].join(" ")}`,
    "worker-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
  ].join("; ");
}
