import { z } from "zod";
import { rule } from "../../engine/rule";

/** Reports of vulnerabilities (trivy-operator) are made anew. */
export const trivyReportAge = rule({
  id: "addons/trivy-report-age",
  severity: "medium",
  title: "Reports of vulnerabilities are made anew",
  why: "A report knows the vulnerabilities of the day it was made: one that is kept for months says that an old image is clean.",
  standards: { iso27002: ["8.8", "5.7"] },
  levels: { baseline: "off", mijnbureau: "advisory", strict: "mandatory" },
  subject: "object",
  kinds: ["ConfigMap"],
  parameters: z.strictObject({ longest: z.string().default("168h") }),
  when: `object.?data.?OPERATOR_VULNERABILITY_SCANNER_ENABLED.hasValue()`,
  valid: `!object.data.?OPERATOR_SCANNER_REPORT_TTL.hasValue() ||
    (object.data.OPERATOR_SCANNER_REPORT_TTL.matches("[1-9]") && duration(object.data.OPERATOR_SCANNER_REPORT_TTL) <= duration(params.longest))`,
  message: "keeps reports for too long",
  field: "data.OPERATOR_SCANNER_REPORT_TTL",
  remedy: "Set operator.scannerReportTTL to a week or less in the values of trivy-operator.",
});
