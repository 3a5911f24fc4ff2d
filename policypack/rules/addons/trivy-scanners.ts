import { rule } from "../../engine/rule";

/** The vulnerability scanner (trivy-operator) scans. */
export const trivyScanners = rule({
  id: "addons/trivy-scanners",
  severity: "high",
  title: "The vulnerability scanner scans",
  why: "With a scanner switched off images are run unscanned, and no report says so: an empty list looks like a clean one.",
  standards: { iso27002: ["8.8", "5.7"], nsa: true },
  levels: { baseline: "off", mijnbureau: "advisory", strict: "mandatory" },
  subject: "object",
  kinds: ["ConfigMap"],
  when: `object.?data.?OPERATOR_VULNERABILITY_SCANNER_ENABLED.hasValue()`,
  valid: `object.data.OPERATOR_VULNERABILITY_SCANNER_ENABLED == "true" &&
    object.data.?OPERATOR_EXPOSED_SECRET_SCANNER_ENABLED.orValue("true") == "true" &&
    object.data.?OPERATOR_SBOM_GENERATION_ENABLED.orValue("true") == "true"`,
  message: "switches off scans for vulnerabilities, for secrets in images or the lists of components",
  field: "data",
  remedy:
    "Set operator.vulnerabilityScannerEnabled, operator.exposedSecretScannerEnabled and operator.sbomGenerationEnabled to true in the values of trivy-operator.",
});
