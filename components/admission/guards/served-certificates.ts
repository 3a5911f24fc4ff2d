import { OF_ELSEWHERE, whoWrites, written, type Guard, type GuardFacts } from "./guard";

/**
 * Traefik serves a certificate for the names that stand in it, whatever the Ingress says that names its Secret, and of two
 * for one name it takes either (Traefik, pkg/tls/certificate_store.go). With one of its own making an app turns everybody
 * away from the login. Admission cannot read it, so where the stack has an issuer, certificates with keys are written by
 * cert-manager and other operators.
 */
export function servedCertificates({ deployerGroups, hasIssuer }: GuardFacts): Guard[] {
  if (!hasIssuer) return [];
  const held = ["tls.crt", "tls.key"].map((key) => `'${key}' in object.?data.orValue({})`);
  return [
    {
      name: "mijnbureau-platform-served-certificates",
      role: "suite",
      resources: [written("", "secrets")],
      matchConditions: [
        { name: "holds-one", expression: held.join(" && ") },
        { name: "changed", expression: "oldObject == null || object.?data != oldObject.?data" },
      ],
      variables: whoWrites(deployerGroups),
      validations: [
        {
          expression: `!variables.bound || (${OF_ELSEWHERE})`,
          message: "tls.crt and tls.key are written by cert-manager alone: ask for the certificate with a Certificate.",
        },
      ],
    },
  ];
}
