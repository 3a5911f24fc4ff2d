import { z } from "zod";
import { rule } from "../../engine/rule";

/** An Ingress serves nothing over plain HTTP. `entryPoints` are those of Traefik that serve TLS, or redirect to it. */
export const ingressRedirect = rule({
  id: "exposure/ingress-redirect",
  severity: "medium",
  title: "An Ingress serves nothing over plain HTTP",
  why: "What is served over plain HTTP is read and changed on the way, session cookies first.",
  standards: { iso27002: ["8.24", "8.20"] },
  levels: { baseline: "off", mijnbureau: "advisory", strict: "mandatory" },
  subject: "object",
  kinds: ["networking.k8s.io/Ingress"],
  parameters: z.strictObject({ entryPoints: z.array(z.string()).default(["websecure"]) }),
  valid: `object.metadata.?annotations.orValue({}).all(k,
    !(k.endsWith("/ssl-redirect") && object.metadata.annotations[k] == "false") &&
    (k != "traefik.ingress.kubernetes.io/router.entrypoints" ||
      object.metadata.annotations[k].split(",").all(name, name.trim() in params.entryPoints)))`,
  message: "serves plain HTTP",
  field: "metadata.annotations",
  remedy: "Leave the redirect to HTTPS on, and name only entry points with TLS.",
});
