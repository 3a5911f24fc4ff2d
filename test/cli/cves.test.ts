import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readDecisions } from "../../cli/cves/decisions";
import { judge, readScans, type Found, type Scans } from "../../cli/cves/scans";
import { purlOf, vexOf } from "../../cli/cves/vex";

const found = (id: string, more: Partial<Found> = {}): Found => ({
  id,
  image: "docker.io/x/y:1",
  packages: ["openssl 3.0"],
  severity: "HIGH",
  fixed: "3.1",
  published: "2026-11-20",
  ...more,
});
const scans = (...all: Found[]): Scans => ({ images: ["docker.io/x/y:1"], found: all });
const ids = (all: readonly { id: string }[]): string[] => all.map(({ id }) => id);

describe("vulnerabilities and what was decided of them", () => {
  let folder = "";
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "cves-"));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));
  const decisions = (yaml: string) => {
    const file = join(folder, "vulnerabilities.yaml");
    writeFileSync(file, yaml);
    return readDecisions(file);
  };
  const entry = (more = ""): string => `decisions:
  - id: CVE-2026-11111
    decision: not_affected
    justification: component_not_present
    owner: platform-team
    reason: The component is not in our image.
    decided: "2026-11-01"
    expires: "2026-12-31"
${more}`;

  it("refuses an entry without owner, decision or end", () => {
    for (const field of ["owner", "decision", "expires", "reason", "justification"])
      assert.throws(
        () => decisions(entry().replace(new RegExp(`^ +${field}:.*\n`, "m"), "")),
        new RegExp(field),
        field,
      );
    assert.throws(() => decisions(entry("    note: x\n")), /note/);
    assert.equal(decisions(entry()).length, 1);
    assert.equal(decisions("# nothing yet\n").length, 0);
    assert.throws(() => readDecisions(join(folder, "none.yaml")), /none\.yaml/);
  });

  it("counts high ones with a repair as overdue after seven days, not before, and not without a repair", () => {
    const on = (today: string): string[] =>
      ids(
        judge(
          scans(found("CVE-2026-1"), found("CVE-2026-2", { fixed: "" }), found("CVE-2026-3", { severity: "LOW" })),
          [],
          { today },
        ).overdue,
      );
    assert.deepEqual(on("2026-11-27"), []);
    assert.deepEqual(on("2026-11-28"), ["CVE-2026-1"]);
    // Nobody knows since when: no proof that it is not.
    assert.deepEqual(
      ids(judge(scans(found("CVE-2026-4", { published: undefined })), [], { today: "2026-11-21" }).overdue),
      ["CVE-2026-4"],
    );
  });

  it("lets a decision stand until its last day, for its images alone", () => {
    const decided = decisions(entry());
    const on = (today: string) => judge(scans(found("CVE-2026-11111")), decided, { today });
    assert.deepEqual(ids(on("2026-12-31").open), []);
    assert.deepEqual(ids(on("2027-01-01").open), ["CVE-2026-11111"]);
    assert.deepEqual(ids(on("2027-01-01").expired), ["CVE-2026-11111"]);
    const others = decisions(entry("    images: [docker.io/other/image]\n"));
    const verdict = judge(scans(found("CVE-2026-11111")), others, { today: "2026-12-01" });
    assert.deepEqual([ids(verdict.open), ids(verdict.unused)], [["CVE-2026-11111"], ["CVE-2026-11111"]]);
  });

  it("tells what the scan before did not have, whatever the tag", () => {
    const before = scans(found("CVE-2026-1", { image: "docker.io/x/y:0" }));
    const verdict = judge(scans(found("CVE-2026-1"), found("CVE-2026-2")), [], { today: "2026-11-21", before });
    assert.deepEqual(ids(verdict.fresh), ["CVE-2026-2"]);
    assert.deepEqual(ids(judge(scans(found("CVE-2026-1")), [], { today: "2026-11-21" }).fresh), []);
  });

  it("takes a folder without a report, or with a broken one, for no scan", () => {
    assert.throws(() => readScans(folder), /nothing was scanned/);
    assert.throws(() => readScans(join(folder, "none")), /no such folder/);
    writeFileSync(join(folder, "1.json"), '{"ArtifactName": "x"');
    assert.throws(() => readScans(folder), /broken off/);
    writeFileSync(join(folder, "1.json"), "[]");
    assert.throws(() => readScans(folder), /no report/);
  });

  it("exports decisions as OpenVEX, with products by package URL", () => {
    assert.equal(purlOf("docker.io/x/y:1"), "pkg:oci/y?repository_url=docker.io%2Fx%2Fy&tag=1");
    assert.equal(
      purlOf("registry.example.nl:5000/x/y:1@sha256:0a"),
      "pkg:oci/y@sha256%3A0a?repository_url=registry.example.nl%3A5000%2Fx%2Fy&tag=1",
    );
    const document = vexOf(scans(found("CVE-2026-11111")), decisions(entry()), { today: "2026-12-01", author: "us" });
    const { statements, ...head } = document as { statements: object[] };
    assert.match(JSON.stringify(head), /^\{"@context":"https:\/\/openvex\.dev\/ns\/v0\.2\.0"/);
    assert.deepEqual(statements, [
      {
        vulnerability: { name: "CVE-2026-11111" },
        products: [{ "@id": "pkg:oci/y?repository_url=docker.io%2Fx%2Fy&tag=1" }],
        timestamp: "2026-11-01T00:00:00Z",
        status: "not_affected",
        justification: "component_not_present",
        impact_statement: "The component is not in our image. Owner: platform-team, until 2026-12-31.",
      },
    ]);
    const ended = vexOf(scans(found("CVE-2026-11111")), decisions(entry()), { today: "2027-01-01", author: "us" });
    assert.deepEqual((ended as { statements: object[] }).statements, []);
  });
});
