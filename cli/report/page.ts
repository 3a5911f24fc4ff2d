import { bio2 } from "../../policypack/engine/norms/bio2";
import { norms } from "../../policypack/engine/norms/controls";
import { nis2 } from "../../policypack/engine/norms/nis2";
import { printable } from "../scan/report";
import { ageText, type CoveredPlace } from "../recovery/coverage";
import type { Audit } from "./audit";
import type { Evidence } from "./evidence";

const row = (...cells: readonly (string | number)[]): string =>
  `| ${cells.map((cell) => printable(String(cell)).replaceAll("|", "\\|").replaceAll("<", "&lt;")).join(" | ")} |`;

const table = (head: readonly string[], rows: readonly string[]): readonly string[] =>
  rows.length === 0 ? ["None.", ""] : [row(...head), `|${head.map(() => "---|").join("")}`, ...rows, ""];

const SHOWN = 3;
const some = (names: readonly string[]): string =>
  names.slice(0, SHOWN).join(", ") + (names.length > SHOWN ? ` and ${names.length - SHOWN} more` : "");

/** What the words of the table of controls mean: an auditor has to know what was looked at. */
const legend = [
  "- *no violation*: the rules looked at that many subjects (objects, pods, containers) and found nothing that is not exempt. It is evidence for a part of the control, not the control as a whole: that is the organisation's.",
  "- *violated*: something does not meet it; see the tables above for what, and why advice is accepted.",
  "- *undecided*: it depends on values that are known after deployment only; admission decides it.",
  "- *not seen*: nothing that the rules judge was among the objects. It is unknown, not met.",
  "- *not checked*: the rules that would check it are off.",
];

/** The audit as a document. */
export function auditPage(result: Audit): string {
  const { date, stack, profile, objects, rules } = result;
  const active = rules.filter(({ level }) => level !== "off");
  const off = rules.filter(({ level }) => level === "off");
  return [
    `# Policy report${stack === undefined ? "" : ` of ${stack}`}`,
    "",
    `${date}, profile ${profile}: ${objects} objects judged by ${active.length} of ${rules.length} rules.`,
    "",
    "## What was not seen",
    "",
    ...(result.unseen.length === 0 ? ["Nothing that is known."] : result.unseen.map((line) => `- ${printable(line)}`)),
    "",
    ...evidenceSection(result.evidence),
    ...dataSection(result.data),
    "## Refused",
    "",
    "Violations of mandatory rules that no exemption covers.",
    "",
    ...table(
      ["Rule", "Finding", "Remedy"],
      result.refused.map(({ rule, message, remedy }) => row(rule, message, remedy)),
    ),
    "## Exemptions",
    "",
    ...table(
      ["Rule", "Target", "Reason", "Owner", "Until", "Days left", "Status", "Findings", "Covers now"],
      result.exemptions.map((each) =>
        row(
          ...[each.rule, each.target, each.reason, each.owner, each.expires, each.daysLeft, each.status, each.uses],
          each.covers.length === 0 ? "nothing that was seen" : some(each.covers),
        ),
      ),
    ),
    "## Advice that is not followed",
    "",
    ...table(
      ["Severity", "Rule", "Decision", "Objects", "Which", "Why it is accepted"],
      result.advice.map(({ severity, rules: found, decision, objects: names, why }) =>
        row(
          severity,
          found.length > SHOWN ? `${found.length} rules` : found.join(", "),
          decision,
          names.length,
          some(names),
          why ?? "not accepted by anybody: repair it, or give it an exemption",
        ),
      ),
    ),
    ...controlSections(result),
    "## Rules",
    "",
    ...table(
      ["Rule", "Severity", "Level", "Judged", "Violated", "Undecided", "Exempt", "Reason of the stack"],
      active.map((line) =>
        row(
          ...[line.rule, line.severity, line.level, line.judged, line.violated, line.undecided, line.exempt],
          line.reason ?? "",
        ),
      ),
    ),
    "## Rules that are off",
    "",
    ...table(
      ["Rule", "Severity", "Reason of the stack"],
      off.map(({ rule, severity, reason }) => row(rule, severity, reason ?? `profile ${profile}`)),
    ),
  ].join("\n");
}

function dataSection(data: readonly CoveredPlace[] | undefined): readonly string[] {
  if (data === undefined) return [];
  return [
    "## Where data lies",
    "",
    "What saves it; and what the platform does not save, with whose duty that is.",
    "",
    ...table(
      ["App", "Place", "Saved by", "Every", "Kept", "Last copy", "Second copy", "Somebody else's duty", "Gap"],
      data.map((place) => {
        const second = ageText(place, "secondAgeHours");
        return row(
          ...[place.app, place.place, place.savedBy ?? "", place.every ?? "", place.kept ?? ""],
          ageText(place, "ageHours") ?? "",
          `${place.secondCopy ?? ""}${second === undefined ? "" : `, ${second}`}`,
          ...[place.duty ?? "", place.gap ?? ""],
        );
      }),
    ),
  ];
}

function controlSections({ controls, unsupported }: Audit): readonly string[] {
  const sections = Object.values<string>(norms).flatMap((norm) => [
    `### ${norm}`,
    "",
    ...table(
      ["Control", "Asks", "Status", "Judged", "Violated", "Undecided", "Exempt", "Rules"],
      controls
        .filter((each) => each.norm === norm)
        .map((each) =>
          row(
            ...[each.control, each.asks ?? "", each.status, each.judged, each.violated, each.undecided, each.exempt],
            each.rules.length === 0 ? "off" : each.rules.join(", "),
          ),
        ),
    ),
    ...(norm === norms.bio2
      ? [
          `Source of the numbers: ${bio2.source}. No rule gives evidence for the other measures: ${unsupported.join(", ")}.`,
          "",
        ]
      : []),
    ...(norm === norms.nis2
      ? [`Points follow from the controls of ISO/IEC 27002 by the annex to ${nis2.source}.`, ""]
      : []),
  ]);
  return ["## Controls", "", ...legend, "", ...sections];
}

function evidenceSection(evidence: Evidence | undefined): readonly string[] {
  if (evidence === undefined) return [];
  const { version, hidden, planned, missing, loosened, compliance, benchmark } = evidence;
  return [
    "## On the cluster",
    "",
    `Kubernetes ${version}: ${planned - missing.length} of ${planned} objects of the plan stand, by kind and name.`,
    "",
    ...(hidden.length === 0 ? [] : [`Not allowed to list, so nothing is known of: ${hidden.join(", ")}.`, ""]),
    ...(missing.length === 0 ? [] : [`Missing: ${some(missing)}.`, ""]),
    "Of what stands, the API server's admission policies, their bindings and the Pod Security labels of namespaces were compared " +
      "with the plan; of everything else `pulumi preview --refresh` tells. Not as planned:",
    "",
    ...(loosened.length === 0 ? ["None."] : loosened.map((line) => `- ${printable(line)}`)),
    "",
    ...(compliance.length === 0
      ? ["Compliance reports of Trivy: none was there to read, so nothing is known by them.", ""]
      : [
          "Compliance reports of Trivy. It counts a check that looked at nothing as passed, so only failures are told here; the rest is unknown.",
          "",
          ...table(
            ["Report", "Control", "Status", "Failures", "As of"],
            compliance.map((line) => row(line.report, line.control, line.status, line.failures, line.asOf)),
          ),
        ]),
    `CIS benchmark of the nodes: ${benchmark}`,
    "",
  ];
}
