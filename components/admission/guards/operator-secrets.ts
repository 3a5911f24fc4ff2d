import { DRAWN } from "../../operators/frame/secrets";
import { text } from "../cel";
import { OF_ELSEWHERE, whoWrites, written, type Guard, type GuardFacts } from "./guard";

/**
 * Secrets of apps that operators alone write.
 *
 * Traefik serves a certificate for the names that stand in it, whatever the Ingress says that names its Secret, and of two
 * for one name it takes either (Traefik, pkg/tls/certificate_store.go). With one of its own making an app turns everybody
 * away from the login. Admission cannot read it, so where the stack has an issuer, certificates with keys are written by
 * cert-manager and other operators.
 *
 * Of keys that are drawn anew, External Secrets makes the app's own with a template, and what was drawn is that template
 * (components/operators/external-secrets/suite.ts): an app that writes it has programs run in External Secrets.
 */
export function operatorSecrets({ deployerGroups, hasIssuer }: GuardFacts): Guard {
  const held = ["tls.crt", "tls.key"].map((key) => `'${key}' in object.?data.orValue({})`).join(" && ");
  const name = "object.metadata.?name.orValue('')";
  const isDrawn = `(${name}.startsWith(${text(DRAWN.prefix)}) && ${name}.endsWith(${text(DRAWN.suffix)}))`;
  return {
    name: "mijnbureau-platform-operator-secrets",
    role: "suite",
    resources: [written("", "secrets")],
    matchConditions: [
      { name: "is-an-operators", expression: hasIssuer ? `(${held}) || ${isDrawn}` : isDrawn },
      { name: "changed", expression: "oldObject == null || object.?data != oldObject.?data" },
    ],
    variables: whoWrites(deployerGroups),
    validations: [
      {
        expression: `${isDrawn} || !variables.bound || (${OF_ELSEWHERE})`,
        message: "tls.crt and tls.key are written by cert-manager alone: ask for the certificate with a Certificate.",
      },
      {
        expression: `!${isDrawn} || !variables.bound || (${OF_ELSEWHERE})`,
        message: "This Secret is drawn by External Secrets, which reads it as a template: nobody else writes it.",
      },
    ],
  };
}
