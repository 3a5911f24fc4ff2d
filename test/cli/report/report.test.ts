import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run } from "../../../cli/report";
import type { Audit } from "../../../cli/report/audit";

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
  const report = (...args: string[]) => run(args, { root: directory, today: "2026-06-01" });
  const result = async (...args: string[]): Promise<Audit> => {
    const { out } = await report(...args, "--format", "json");
    return JSON.parse(out) as Audit;
  };
  const exemption = (name: string, expires: string) => ({
    rule: RULE,
    target: { kind: "Pod", namespace: "shop", name },
    reason: "reads devices",
    owner: "team",
    expires,
  });

  it("gives each exemption its status, what it covers and its days, and each rule its counts", async () => {
    const exemptions = [
      exemption("a", "2026-12-31"),
      exemption("b", "2026-05-31"),
      exemption("none", "2026-06-01"),
      { ...exemption("*", "2026-12-31"), target: { kind: "Pod", namespace: "shop", name: "c*" } },
    ];
    file("Pulumi.acc.yaml", { config: { "mijnbureau-platform:policies": { exemptions } } });
    const resource = { type: "kubernetes:core/v1:Pod", urn: "urn:a", inputs: pod("a") };
    const state = file("state.json", { deployment: { resources: [{ type: "pulumi:pulumi:Stack" }, resource] } });
    const audit = await result("--stack", "acc", "--state", state, file("b.json", pod("b")), file("c.json", pod("c")));
    assert.equal(audit.objects, 3);
    assert.deepEqual(
      audit.exemptions.map(({ status, uses, daysLeft, covers }) => [status, uses, daysLeft, covers]),
      [
        ["active", 1, 214, ["Pod shop/a main"]],
        ["expired", 1, 0, []],
        ["unused", 0, 1, []],
        ["wider than needed", 1, 214, ["Pod shop/c main"]],
      ],
    );
    const line = audit.rules.find(({ rule }) => rule === RULE);
    assert.deepEqual([line?.judged, line?.violated, line?.exempt], [3, 1, 2]);
    assert.deepEqual(
      audit.refused.filter(({ rule }) => rule === RULE).map(({ message }) => message),
      ["Pod shop/b, container main runs privileged."],
    );
  });

  it("gives every norm that the rule stands on its own numbers", async () => {
    const audit = await result(file("a.json", pod("a")));
    const places = audit.controls
      .filter(({ rules }) => rules.includes(RULE))
      .map(({ norm, control, status }) => `${norm} ${control}: ${status}`);
    assert.deepEqual(places, [
      "BIO2 1.3 8.27.01: violated",
      "ISO/IEC 27002:2022 8.2: violated",
      "ISO/IEC 27002:2022 8.9: violated",
      "NIS2 article 21(2) e: violated",
      "NIS2 article 21(2) i: violated",
      "CIS Kubernetes Benchmark 1.12 5.2.2: violated",
      "NSA/CISA Kubernetes Hardening Guidance 1.2 Kubernetes Pod security: violated",
      "Pod Security Standards baseline: violated",
    ]);
  });

  it("passes no control for lack of data, and says what it did not see", async () => {
    const audit = await result();
    assert.equal(audit.objects, 0);
    assert.ok(audit.controls.length > 50);
    assert.deepEqual(
      audit.controls.filter(({ status }) => status !== "not seen" && status !== "not checked"),
      [],
    );
    for (const expected of [/no object to judge/, /cluster was not seen/, /No state was given/])
      assert.ok(
        audit.unseen.some((line) => expected.test(line)),
        String(expected),
      );
    const { out } = await report();
    assert.match(out, /## What was not seen\n\n- There was no object to judge/);
  });

  it("sees a control as soon as there is something that its rules judge", async () => {
    const web = { apiVersion: "v1", kind: "Service", metadata: { name: "web", namespace: "shop" }, spec: {} };
    const audit = await result(file("web.json", web));
    const status = (control: string) => audit.controls.find((each) => each.control === control)?.status;
    assert.equal(status("5.2.2"), "not seen");
    assert.equal(status("8.20.02"), "no violation");
  });

  it("is a readable document, with what is switched off", async () => {
    const policies = { rules: { [RULE]: { level: "off", reason: "kept | elsewhere" } } };
    file("Pulumi.dev.yaml", { config: { "mijnbureau-platform:policies": policies } });
    const { out } = await report("--stack", "dev");
    assert.match(out, /^# Policy report of dev/);
    assert.match(out, /sets policies and no platform: there is no plan to judge/);
    assert.match(out, new RegExp(`\\| ${RULE} \\| critical \\| kept \\\\\\| elsewhere \\|`));
    assert.match(out, /\| 5\.2\.2 \| {2}\| not checked \|/);
  });

  it("says what is wrong with its arguments", async () => {
    assert.match((await report("--stack", "none")).err, /Pulumi\.none\.yaml: does not exist/);
    assert.match((await report("--state", file("x.json", {}))).err, /pulumi stack export/);
    assert.match((await report("--format", "pdf")).err, /pdf: is none of/);
    assert.match((await report("--ofline")).err, /did you mean --offline/);
    const policies = { rules: { "x/y": "off" }, profile: "lax" };
    file("Pulumi.bad.yaml", { config: { "mijnbureau-platform:policies": policies } });
    const { status, err } = await report("--stack", "bad");
    assert.equal(status, 2);
    assert.match(err, /profile: .*\n.*x\/y/);
  });
});
