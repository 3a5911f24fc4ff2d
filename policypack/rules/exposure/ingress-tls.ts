import { z } from "zod";
import { rule } from "../../engine/rule";

/** How controllers are told of TLS beside `spec.tls`, each by its own documentation; the values in lower case (RE2). */
const ANNOTATIONS = [
  // Certificates that the cloud has: AWS Load Balancer Controller, GKE, Azure's Application Gateway.
  { annotation: "alb.ingress.kubernetes.io/certificate-arn", value: "^ *arn:" },
  { annotation: "alb.ingress.kubernetes.io/listen-ports", value: '"https"' },
  { annotation: "ingress.gcp.kubernetes.io/pre-shared-cert", value: "[a-z]" },
  { annotation: "networking.gke.io/managed-certificates", value: "[a-z]" },
  { annotation: "networking.gke.io/certmap", value: "[a-z]" },
  { annotation: "appgw.ingress.kubernetes.io/appgw-ssl-certificate", value: "[a-z]" },
  // The router's own certificate, or one that it asks for.
  { annotation: "traefik.ingress.kubernetes.io/router.tls", value: "^(true|1|t)$" },
  { annotation: "traefik.ingress.kubernetes.io/router.tls.certresolver", value: "[a-z]" },
  { annotation: "route.openshift.io/termination", value: "^(edge|reencrypt|passthrough)$" },
  // TLS goes through to the program.
  { annotation: "nginx.ingress.kubernetes.io/ssl-passthrough", value: "^(true|1|t)$" },
  { annotation: "haproxy.org/ssl-passthrough", value: "^(true|1|t)$" },
  { annotation: "haproxy-ingress.github.io/ssl-passthrough", value: "^(true|1|t)$" },
] as const;

/** CEL: the host of a rule has TLS. */
const covered = `object.spec.?tls.orValue([]).exists(t,
      t.?hosts.orValue([]).size() == 0 ||
      t.hosts.exists(h, h == r.?host.orValue("") ||
        (r.?host.orValue("").contains(".") && h == "*" + r.host.substring(r.host.indexOf(".")))))`;

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
  parameters: z.strictObject({
    annotations: z
      .array(z.strictObject({ annotation: z.string().min(1), value: z.string() }))
      .default([...ANNOTATIONS]),
  }),
  valid: `params.annotations.exists(a, object.metadata.?annotations[?a.annotation].orValue("").lowerAscii().matches(a.value)) ||
    object.spec.?tls.orValue([]).size() > 0 && object.spec.?rules.orValue([]).all(r, ${covered})`,
  detail: `object.spec.?rules.orValue([]).filter(r, !${covered}).map(r, r.?host.orValue("*")).join(", ")`,
  message: "serves a host without TLS",
  field: "spec.tls",
  remedy: "Add the host to spec.tls, with a certificate of the platform.",
});
