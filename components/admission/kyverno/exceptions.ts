import { managedLabels } from "../../namespace/labels";
import type { Manifest } from "../../kubernetes-object";

const CHECK = "mijnbureau-platform-exceptions-expire";
const CLEANUP = "mijnbureau-platform-expired-exceptions";

/** Longer than a year is no exception but a rule. */
const LONGEST_EXCEPTION_DAYS = 366;

const group = { apiGroups: ["policies.kyverno.io"], apiVersions: ["*"], resources: ["policyexceptions"] };

const expiry = "timestamp(object.spec.expiresAt)";
const property = (name: string): string => `object.spec.?properties[?'${name}'].orValue('') != ''`;

/**
 * Exceptions from Kyverno's policies are as the exemptions of the policy pack: with a reason, an owner and a last day.
 * Kyverno ignores an expired one by itself; it is removed all the same, so that what is there is what holds.
 */
export function exceptionPolicies(): readonly Manifest[] {
  const described = (name: string, description: string) => ({
    name,
    labels: managedLabels,
    annotations: { "kubernetes.io/description": description },
  });
  return [
    {
      apiVersion: "policies.kyverno.io/v1",
      kind: "ValidatingPolicy",
      metadata: described(CHECK, "Exceptions from policies have a reason, an owner and a last day"),
      spec: {
        failurePolicy: "Fail",
        validationActions: ["Deny"],
        evaluation: { admission: { enabled: true }, background: { enabled: true } },
        autogen: { podControllers: { controllers: [] } },
        matchConstraints: { resourceRules: [{ ...group, operations: ["CREATE", "UPDATE"] }] },
        validations: [
          {
            expression: "has(object.spec.expiresAt)",
            message: "spec.expiresAt is missing. Say until when the exception holds, e.g. 2027-01-31T23:59:59Z.",
          },
          {
            expression: `!has(object.spec.expiresAt) || ${expiry} > time.now()`,
            message: "spec.expiresAt has passed. Remove the exception, or decide on it anew.",
          },
          {
            expression: `!has(object.spec.expiresAt) || ${expiry} < time.now() + duration('${LONGEST_EXCEPTION_DAYS * 24}h')`,
            message: `spec.expiresAt is more than ${LONGEST_EXCEPTION_DAYS} days ahead. Choose a day within a year.`,
          },
          {
            expression: `${property("reason")} && ${property("owner")}`,
            message: "spec.properties needs reason and owner: why the exception is there, and who answers for it.",
          },
        ],
      },
    },
    {
      apiVersion: "policies.kyverno.io/v1",
      kind: "DeletingPolicy",
      metadata: described(CLEANUP, "Removes exceptions from policies after their last day"),
      spec: {
        schedule: "7 * * * *",
        deletionPropagationPolicy: "Background",
        matchConstraints: { resourceRules: [{ ...group, apiVersions: ["v1"], operations: ["*"] }] },
        conditions: [{ name: "expired", expression: `has(object.spec.expiresAt) && ${expiry} < time.now()` }],
      },
    },
  ];
}
