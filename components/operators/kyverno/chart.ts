import { inert, helmTest, type ChartFacts } from "../../charts/facts";

/** What the program counts on in this chart. */
export const chart: ChartFacts = {
  entry: "kyverno",
  hooks: [
    {
      files: ["templates/hooks/post-upgrade-migrate-resources.yaml"],
      answer: "replaced",
      by: "Stored objects are moved to the new version with `kyverno migrate`, a step of the upgrade runbook; the program writes every policy again in its current version.",
    },
    {
      files: ["templates/hooks/pre-delete-remove-webhooks.yaml", "templates/hooks/pre-delete-scale-to-zero.yaml"],
      answer: "replaced",
      by: "Kyverno makes its webhook configurations at run time; the runbook for removing it deletes them first, else the API server waits for a webhook that is gone (kyverno/kyverno#9551).",
    },
    {
      files: ["charts/reports-server/templates/hooks/pre-delete-api-service-cleanup.yaml"],
      answer: "not needed",
      by: "The reports server is off.",
    },
    helmTest("templates/tests/helper-functions-test.yaml"),
  ],
  crds: { kind: "templates", values: { crds: { install: true, migration: { enabled: false } } } },
  inertKeys: {
    "admissionController.podDisruptionBudget.enabled": inert.implied,
    "backgroundController.podDisruptionBudget.enabled": inert.implied,
    "cleanupController.podDisruptionBudget.enabled": inert.implied,
    "prometheusRule.enabled": inert.gated,
    "reportsController.podDisruptionBudget.enabled": inert.implied,
  },
};
