import { minorOf } from "../cluster/facts";

/**
 * Minor of the newest Pod Security Standards that the suite's pods pass, repaired as admission repairs them
 * (test/components/namespace/pod-security.test.ts).
 */
export const NEWEST_PASSED = 37;

/**
 * The version that namespaces pin: what the stack says, else the newest that the API server knows and the suite passes.
 * An older one lets through what was found dangerous since, such as probes that call other hosts (v1.34).
 *
 * @param server the API server's version, e.g. `v1.36.3`
 */
export function podSecurityVersion(configured: string | undefined, server: string): string {
  if (configured !== undefined) return configured;
  return `v1.${String(Math.min(minorOf(server), NEWEST_PASSED))}`;
}
