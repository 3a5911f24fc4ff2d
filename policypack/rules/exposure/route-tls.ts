import { rule } from "../../engine/rule";

/** Every OpenShift Route has TLS and no plain HTTP beside it. */
export const routeTls = rule({
  id: "exposure/route-tls",
  severity: "high",
  title: "Every OpenShift Route has TLS and no plain HTTP beside it",
  why: "Without TLS passwords, cookies and documents cross the network readable and changeable.",
  standards: { iso27002: ["8.24", "8.20"], kyverno: ["check-routes"] },
  levels: { baseline: "off", mijnbureau: "advisory", strict: "mandatory" },
  subject: "object",
  kinds: ["route.openshift.io/Route"],
  valid: `object.spec.?tls.?insecureEdgeTerminationPolicy.orValue("") != "Allow" && has(object.spec.tls)`,
  message: "serves a host without TLS",
  field: "spec.tls",
  remedy: "Set spec.tls, and insecureEdgeTerminationPolicy to Redirect or None.",
});
