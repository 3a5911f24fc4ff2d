import { z } from "zod";
import { rule } from "../../engine/rule";

const allowed = (issuer: string): string => `params.issuers.exists(i, (${issuer}).matches("^(" + i + ")$"))`;

/** Certificates come from an issuer that the stack allows: `issuers` are regular expressions on kind/name, by default every one. */
export const certificateIssuer = rule({
  id: "exposure/certificate-issuer",
  severity: "medium",
  title: "Certificates come from an issuer that the stack allows",
  why: "An issuer that nobody chose signs for names that are not its own, or with keys that nobody guards.",
  standards: { iso27002: ["8.24"], kyverno: ["restrict-issuer"] },
  levels: { baseline: "off", mijnbureau: "advisory", strict: "mandatory" },
  subject: "object",
  kinds: ["cert-manager.io/Certificate", "networking.k8s.io/Ingress", "gateway.networking.k8s.io/Gateway"],
  parameters: z.strictObject({ issuers: z.array(z.string()).default([".*"]) }),
  valid: `(!object.?spec.?issuerRef.hasValue() || ${allowed('object.spec.issuerRef.?kind.orValue("Issuer") + "/" + object.spec.issuerRef.name')}) &&
    object.metadata.?annotations.orValue({}).all(k,
      (k != "cert-manager.io/cluster-issuer" || ${allowed('"ClusterIssuer/" + object.metadata.annotations[k]')}) &&
      (k != "cert-manager.io/issuer" || ${allowed('"Issuer/" + object.metadata.annotations[k]')}))`,
  message: "names an issuer that the stack does not allow",
  field: "spec.issuerRef",
  remedy: "Name an issuer of the platform, or add it to the parameter issuers.",
});
