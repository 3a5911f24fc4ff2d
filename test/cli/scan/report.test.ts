import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run } from "../../../cli/report";

const RULE = "pod-security/privileged-containers";

const pod = (name: string) => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name, namespace: "shop" },
  spec: { containers: [{ name: "main", securityContext: { privileged: true } }] },
});

describe("npm run report", () => {
  let directory = "";
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "report-"));
  });
  afterEach(() => {
    rmSync(directory, { recursive: true, force: true });
  });
  const file = (name: string, content: unknown): string => {
    const path = join(directory, name);
    writeFileSync(path, JSON.stringify(content));
    return path;
  };
  const report = (...args: string[]) => run(args, directory, "2026-06-01");
  const exemption = (name: string, expires: string) => ({
    rule: RULE,
    target: { kind: "Pod", namespace: "shop", name },
    reason: "reads devices",
    owner: "team",
    expires,
  });

  it("gives each exemption its status and each rule its counts, over state and manifests", () => {
    const exemptions = [
      exemption("a", "2026-12-31"),
      exemption("b", "2026-05-31"),
      exemption("none", "2026-12-31"),
      { ...exemption("*", "2026-12-31"), target: { kind: "Pod", namespace: "shop", name: "c*" } },
    ];
    file("Pulumi.acc.yaml", { config: { "mijnbureau-platform:policies": { exemptions } } });
    const resource = { type: "kubernetes:core/v1:Pod", urn: "urn:a", inputs: pod("a") };
    const state = file("state.json", { deployment: { resources: [{ type: "pulumi:pulumi:Stack" }, resource] } });
    const { status, out } = report(
      ...["--stack", "acc", "--state", state, "--format", "json"],
      ...[file("b.json", pod("b")), file("c.json", pod("c"))],
    );
    assert.equal(status, 0);
    const result = JSON.parse(out) as {
      objects: number;
      exemptions: { status: string; uses: number }[];
      rules: { rule: string; violated: number; exempt: number }[];
      controls: { norm: string; control: string; violated: number }[];
    };
    assert.equal(result.objects, 3);
    assert.deepEqual(
      result.exemptions.map(({ status: state, uses }) => [state, uses]),
      [
        ["active", 1],
        ["expired", 1],
        ["unused", 0],
        ["wider than needed", 1],
      ],
    );
    const line = result.rules.find(({ rule }) => rule === RULE);
    assert.deepEqual([line?.violated, line?.exempt], [1, 2]);
    const baseline = result.controls.find(
      ({ norm, control }) => norm === "Pod Security Standard" && control === "baseline",
    );
    assert.equal(baseline?.violated, 1);
  });

  it("is a readable document, with what is switched off", () => {
    const policies = { rules: { [RULE]: { level: "off", reason: "kept | elsewhere" } } };
    file("Pulumi.dev.yaml", { config: { "mijnbureau-platform:policies": policies } });
    const { out } = report("--stack", "dev");
    assert.match(out, /^# Policy report/);
    assert.match(out, new RegExp(`\\| ${RULE} \\| critical \\| kept \\\\\\| elsewhere \\|`));
  });

  it("says what is wrong with its input", () => {
    assert.match(report("--stack", "none").err, /Pulumi\.none\.yaml: does not exist/);
    assert.match(report("--state", file("x.json", {})).err, /pulumi stack export/);
    assert.match(report("--format", "pdf").err, /pdf: is none of/);
    file("Pulumi.bad.yaml", {
      config: { "mijnbureau-platform:policies": { rules: { "x/y": "off" }, profile: "lax" } },
    });
    const { status, err } = report("--stack", "bad");
    assert.equal(status, 2);
    assert.match(err, /profile: .*\n.*x\/y/);
  });
});
