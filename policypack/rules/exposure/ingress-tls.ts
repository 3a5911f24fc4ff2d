import { rule } from "../../engine/rule";

/** Every host of an Ingress has TLS. */
export const ingressTls = rule({
  id: "exposure/ingress-tls",
  severity: "high",
  title: "Every host of an Ingress has TLS",
  why: "Without TLS passwords, cookies and documents cross the network readable and changeable.",
  standards: {
    iso27002: ["8.24", "8.20"],
    gatekeeper: ["httpsonly"],
    kyverno: ["require-ingress-https", "ingress-host-match-tls"],
    polaris: ["tlsSettingsMissing"],
  },
  levels: { baseline: "advisory", mijnbureau: "advisory", strict: "mandatory" },
  subject: "object",
  kinds: ["networking.k8s.io/Ingress"],
  valid: `object.spec.?tls.orValue([]).size() > 0 &&
    object.spec.?rules.orValue([]).all(r, object.spec.?tls.orValue([]).exists(t,
      t.?hosts.orValue([]).size() == 0 ||
      t.hosts.exists(h, h == r.?host.orValue("") ||
        (r.?host.orValue("").contains(".") && h == "*" + r.host.substring(r.host.indexOf("."))))))`,
  message: "serves a host without TLS",
  field: "spec.tls",
  remedy: "Add the host to spec.tls, with a certificate of the platform.",
});
