import { existsSync, writeFileSync } from "node:fs";
import { readDecisions } from "./cves/decisions";
import { judge, readScans, type Found, type Verdict } from "./cves/scans";
import { vexOf } from "./cves/vex";
import { choice, main, parseOptions, UsageError, type Command, type ExitStatus } from "./command";

const usage = `Usage: npm run cves -- <check|vex> --scans <folder> [options]

Vulnerabilities that Trivy found in images, with what was decided of them: by whom, why, and until when.

  check                what nobody decided on, what is overdue, what is new, and decisions that have ended
  vex                  the decisions as an OpenVEX document

  --scans <folder>     reports of "trivy image --format json", one per image
  --before <folder>    reports of the scan before: what they do not have is new
  --decisions <file>   default vulnerabilities.yaml
  --author <text>      of the OpenVEX document (default: the owners of the platform)
  --out, -o <file>     write there instead of to standard output

High and critical ones count. Exit status of check: 0 none is overdue, new or past its decision, 1 some are, 2 wrong use.
`;

function lines({ open, overdue, fresh, expired, unused }: Verdict, images: number): string[] {
  const table = (title: string, found: readonly Found[]): string[] =>
    found.length === 0
      ? []
      : [
          `## ${title}`,
          "",
          "| vulnerability | severity | image | packages | repaired in | public since |",
          "| --- | --- | --- | --- | --- | --- |",
          ...found.map(
            ({ id, severity, image, packages, fixed, published }) =>
              `| ${id} | ${severity} | ${image} | ${packages.join(", ")} | ${fixed || "none"} | ${published ?? "unknown"} |`,
          ),
          "",
        ];
  const named = (title: string, all: readonly { id: string; owner: string; expires: string }[]): string[] =>
    all.length === 0
      ? []
      : [`## ${title}`, "", ...all.map(({ id, owner, expires }) => `- ${id}: ${owner}, until ${expires}`), ""];
  return [
    `# Vulnerabilities of ${images} images`,
    "",
    ...table("Overdue: a repair is known, and a week has passed (BIO2 8.08.01)", overdue),
    ...table("New since the scan before", fresh),
    ...named("Decisions that have ended, and count again", expired),
    ...named("Decisions about nothing that was found: remove them", unused),
    ...table("High and critical, decided by nobody", open),
  ];
}

function run(args: readonly string[]): ExitStatus {
  const { values, positionals } = parseOptions(args, {
    scans: { type: "string" },
    before: { type: "string" },
    decisions: { type: "string", default: "vulnerabilities.yaml" },
    author: { type: "string", default: "the owners of the platform" },
    out: { type: "string", short: "o" },
  });
  const [what = "", ...more] = positionals;
  if (what === "" || more.length > 0) throw new UsageError("name one of check, vex");
  const asked = choice(what, ["check", "vex"], "action");
  if (values.scans === undefined) throw new UsageError("name the folder with Trivy's reports: --scans <folder>");
  const decisions = readDecisions(values.decisions);
  const scans = readScans(values.scans);
  const today = new Date().toISOString().slice(0, 10);
  const write = (text: string): void => {
    if (values.out === undefined) process.stdout.write(text);
    else writeFileSync(values.out, text);
  };
  if (asked === "vex") {
    write(`${JSON.stringify(vexOf(scans, decisions, { today, author: values.author }), null, 2)}\n`);
    return 0;
  }
  // The first scan has none before it.
  const before = values.before !== undefined && existsSync(values.before) ? readScans(values.before) : undefined;
  const verdict = judge(scans, decisions, { today, before });
  write(`${lines(verdict, scans.images.length).join("\n")}\n`);
  return verdict.overdue.length + verdict.fresh.length + verdict.expired.length > 0 ? 1 : 0;
}

export const command: Command = {
  name: "cves",
  summary: "vulnerabilities of images, and what was decided of them",
  usage,
  run,
};

if (require.main === module) main(command);
