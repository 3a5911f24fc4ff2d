import { z } from "zod";
import { rule } from "../../engine/rule";

/** OpenShift Routes tell browsers to use TLS only. The router sends the header for edge and reencrypt (OpenShift documentation, HTTP Strict Transport Security). */
export const routeHsts = rule({
  id: "exposure/route-hsts",
  severity: "medium",
  title: "OpenShift Routes tell browsers to use TLS only",
  why: "Without Strict-Transport-Security the first request of a visit goes over plain HTTP, where an attacker answers it.",
  standards: { iso27002: ["8.24", "8.20"] },
  levels: { baseline: "off", mijnbureau: "advisory", strict: "mandatory" },
  subject: "object",
  kinds: ["route.openshift.io/Route"],
  parameters: z.strictObject({ seconds: z.int().default(31_536_000) }),
  when: `object.spec.?tls.?termination.orValue("") in ["edge", "reencrypt"]`,
  valid: `int("0" + object.metadata.?annotations[?"haproxy.router.openshift.io/hsts_header"].orValue("")
    .find("max-age=[0-9]+").replace("max-age=", "")) >= int(params.seconds)`,
  message: "does not keep browsers on TLS for long enough",
  field: "metadata.annotations",
  remedy: "Annotate it with haproxy.router.openshift.io/hsts_header: max-age=31536000.",
});
