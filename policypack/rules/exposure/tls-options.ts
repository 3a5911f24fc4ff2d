import { rule } from "../../engine/rule";

/** TLS options of Traefik ask for TLS 1.2 or newer and sound ciphers (NCSC-NL, ICT security guidelines for TLS). Traefik's own minimum is TLS 1.2. */
export const tlsOptions = rule({
  id: "exposure/tls-options",
  severity: "high",
  title: "TLS options of the edge ask for TLS 1.2 or newer and sound ciphers",
  why: "Old versions and ciphers without forward secrecy or with CBC and RC4 let recorded traffic be read later.",
  standards: { iso27002: ["8.24"] },
  levels: { baseline: "off", mijnbureau: "advisory", strict: "mandatory" },
  subject: "object",
  kinds: ["traefik.io/TLSOption", "traefik.containo.us/TLSOption"],
  valid: `object.?spec.?minVersion.orValue("VersionTLS12") in ["VersionTLS12", "VersionTLS13"] &&
    object.?spec.?cipherSuites.orValue([]).all(suite, !suite.matches("_CBC_|_RC4_|^TLS_RSA_"))`,
  message: "allows old TLS or weak ciphers",
  field: "spec",
  remedy: "Set minVersion to VersionTLS12 or VersionTLS13, and list only ECDHE suites with GCM or CHACHA20.",
});
