import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run } from "../../../cli/scan/command";
import { loadRules, rulesDirectory } from "../../../policypack/engine/load";
import { sourcesOf } from "../../../policypack/engine/rule";

const TODAY = "2026-06-01";
const PRIVILEGED = "pod-security/privileged-containers";

const pod = (name: string, privileged: boolean): string => `apiVersion: v1
kind: Pod
metadata: {name: ${name}, namespace: shop}
spec:
  containers:
    - name: main
      image: example.org/app:1
      securityContext:
        privileged: ${String(privileged)}
`;

interface Found {
  readonly rule: string;
  readonly decision: string;
  readonly file: string;
  readonly document: number;
  readonly name: string;
  readonly path: string;
}

interface Parsed {
  readonly findings: readonly Found[];
  readonly summary: {
    readonly objects: number;
    readonly baseline: number;
    readonly problems: readonly { readonly file: string }[];
  };
}

interface Descriptor {
  readonly helpUri: string;
  readonly help: { readonly text: string; readonly markdown: string };
}

describe("mijnbureau-policy scan", () => {
  let directory = "";
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "scan-"));
  });
  afterEach(() => {
    rmSync(directory, { recursive: true, force: true });
  });

  const file = (name: string, content: string | Uint8Array): string => {
    const path = join(directory, name);
    writeFileSync(path, content);
    return path;
  };
  const scan = (...args: string[]) => run(["scan", ...args], TODAY);
  const json = (...args: string[]) => {
    const { status, out, err } = scan("--rules", PRIVILEGED, "--format", "json", ...args);
    const parsed = JSON.parse(out) as Parsed;
    return { status, err, ...parsed };
  };
  const shortly = (found: readonly Found[]) => found.map(({ name, document, decision }) => [name, document, decision]);

  it("names rule, place and decision, and fails on findings only", () => {
    const both = file("pods.yaml", `# first\n---\n${pod("good", false)}---\n${pod("bad", true)}`);
    const { status, findings } = json(both);
    assert.equal(status, 1);
    assert.deepEqual(
      findings.map(({ rule, file: where, path }) => ({ rule, where, path })),
      [{ rule: PRIVILEGED, where: both, path: "spec.containers[0].securityContext.privileged" }],
    );
    assert.deepEqual(shortly(findings), [["bad", 1, "violated"]]);
    assert.equal(json(file("good.yaml", pod("good", false))).status, 0);
  });

  it("reads JSON, JSON lines, lists and typed lists alike", () => {
    const object = { apiVersion: "v1", kind: "Pod", metadata: { name: "bad" } };
    const spec = { containers: [{ name: "main", securityContext: { privileged: true } }] };
    const bad = { ...object, spec };
    const texts = [
      JSON.stringify(bad, null, "\t"),
      `${JSON.stringify(bad)}\n${JSON.stringify({ ...object, metadata: { name: "other" } })}\n`,
      JSON.stringify({ apiVersion: "v1", kind: "List", items: [bad] }),
      JSON.stringify({ apiVersion: "v1", kind: "PodList", items: [{ metadata: { name: "bad" }, spec }] }),
    ];
    for (const text of texts) {
      assert.deepEqual(shortly(json(file("any.json", text)).findings), [["bad", 0, "violated"]], text);
    }
  });

  it("reads booleans as kubectl does", () => {
    assert.equal(json(file("yes.yaml", pod("bad", true).replace("privileged: true", "privileged: yes"))).status, 1);
  });

  const broken: Readonly<Record<string, readonly [string | Uint8Array, RegExp]>> = {
    "a tab": ["a:\n\t- b\n", /tabs/],
    "a duplicate key": ["kind: Pod\nkind: Job\n", /duplicated mapping key/],
    "a duplicate key in JSON": ['{"kind":"Pod","kind":"Job"}', /same key twice/],
    "an endless alias": ["kind: Pod\na: &a [*a]\n", /contains it/],
    "a bomb of aliases": [bomb(), /aliases expand/],
    "bytes that are no UTF-8": [Uint8Array.of(0x61, 0x3a, 0x20, 0xff), /UTF-8/],
    "a binary file": [Uint8Array.of(0x7f, 0x45, 0x4c, 0x46, 0), /binary/],
    "deep nesting": [`a: ${"[".repeat(5_000)}${"]".repeat(5_000)}`, /nest/],
    "deeply nested JSON": [`{"kind":"Pod","a":${"[".repeat(100_000)}${"]".repeat(100_000)}}`, /nest/],
  };
  for (const [what, [content, expected]] of Object.entries(broken)) {
    it(`reports ${what} and still scans the other documents and files`, () => {
      const bad = file("a.yaml", content);
      const other = file("b.yaml", `${pod("bad", true)}---\n{a: b: c}\n---\n${pod("worse", true)}`);
      const { status, err, findings, summary } = json(directory);
      assert.equal(status, 2);
      assert.match(err, expected);
      assert.ok(err.startsWith(bad), err);
      assert.deepEqual(
        summary.problems.map((problem) => problem.file),
        [bad, other],
      );
      assert.deepEqual(shortly(findings), [
        ["bad", 0, "violated"],
        ["worse", 2, "violated"],
      ]);
    });
  }

  it("names the line of a mistake in the file", () => {
    const { err } = json(file("a.yaml", `${pod("good", false)}---\nkind: Pod\nkind: Job\n`));
    assert.match(err, /a\.yaml:12: /);
  });

  it("walks directories once, whatever their links", () => {
    mkdirSync(join(directory, "sub"));
    symlinkSync(directory, join(directory, "sub", "up"));
    symlinkSync("loop.yaml", join(directory, "loop.yaml"));
    file("sub/bad.yaml", pod("bad", true));
    const { status, err, findings } = json(directory);
    assert.deepEqual(
      findings.map(({ rule, file: from }) => [rule, from]),
      [["pod-security/privileged-containers", join(directory, "sub", "bad.yaml")]],
    );
    assert.equal(status, 2);
    assert.match(err, /loop\.yaml: is a symbolic link/);
  });

  it("says what is wrong with a command line, all without a stack trace", () => {
    const wrong: readonly (readonly [readonly string[], RegExp])[] = [
      [[], /nothing to scan/],
      [["--format", "xml", "."], /xml: is none of table, json/],
      [["--profile", "lax", "."], /lax: is none of/],
      [["--rules", "no/such", "."], /matches no rule/],
      [["--pod-security", "restricted@two", "."], /expected <level>@<version>/],
      [["--explain", "pod-security/privileged-container"], /did you mean pod-security\/privileged-containers/],
      [["--nonsense", "."], /nonsense/],
      [["-n", "Shop_1", "."], /--namespace "Shop_1": is no name of a namespace/],
      [["--namespace=", "."], /--namespace "": is no name of a namespace/],
      [["--baseline", join(directory, "none.json"), directory], /does not exist/],
    ];
    for (const [args, expected] of wrong) {
      const { status, err } = scan(...args);
      assert.equal(status, 2);
      assert.match(err, expected);
      assert.doesNotMatch(err, /^\s+at /m);
    }
    const missing = scan("--format", "json", join(directory, "none"));
    assert.deepEqual([missing.status, /does not exist/.test(missing.err)], [2, true]);
  });

  it("judges pods at the level and version asked for", () => {
    const probe = `${pod("probe", false)}      livenessProbe: {httpGet: {host: localhost, port: 80}}\n`;
    const path = file("probe.yaml", probe);
    const ids = (standard: string, ...more: string[]) => {
      const parsed = JSON.parse(scan("--format", "json", "--pod-security", standard, ...more, path).out) as Parsed;
      return parsed.findings.map(({ rule }) => rule).sort();
    };
    assert.deepEqual(ids("privileged@v1.34"), []);
    assert.deepEqual(ids("baseline@v1.33"), []);
    assert.deepEqual(ids("baseline@v1.34"), ["pod-security/host-probes-and-lifecycle"]);
    const restricted = [
      "pod-security/allow-privilege-escalation",
      "pod-security/capabilities-restricted",
      "pod-security/run-as-non-root",
      "pod-security/seccomp-profile-restricted",
    ];
    assert.deepEqual(ids("restricted@v1.33"), restricted);
    assert.deepEqual(ids("restricted@v1.33", "--profile", "baseline"), restricted);
    assert.deepEqual(ids("restricted@v1.0"), ["pod-security/run-as-non-root"]);
    const naked = ["--rules", "availability/naked-pod"];
    assert.deepEqual(ids("restricted@v1.33", ...naked), ["availability/naked-pod"]);
    assert.deepEqual(ids("baseline@v1.34", "--rules", "pod-security/*", ...naked), [
      "availability/naked-pod",
      "pod-security/host-probes-and-lifecycle",
    ]);
  });

  it("exempts what an exemption covers and reports those that cover nothing", () => {
    const path = file("bad.yaml", pod("bad", true));
    const entry = (name: string, expires: string) =>
      `- {rule: ${PRIVILEGED}, target: {kind: Pod, namespace: shop, name: ${name}}, reason: r, owner: o, expires: ${expires}}\n`;
    const covered = json("--exempt", file("e1.yaml", entry("bad", "2026-12-31")), path);
    assert.deepEqual([covered.status, shortly(covered.findings)], [0, [["bad", 0, "exempt"]]]);
    const unused = json("--exempt", file("e2.yaml", entry("bad", "2026-12-31") + entry("x", "2026-12-31")), path);
    assert.deepEqual(unused.findings.map(({ rule }) => rule).sort(), ["engine/exemptions", PRIVILEGED]);
    const expired = json("--exempt", file("e3.yaml", entry("bad", "2026-05-31")), path);
    assert.deepEqual(
      expired.findings.map(({ decision }) => decision),
      ["violated", "violated"],
    );
    const { status, err } = scan("--exempt", file("e4.yaml", "- {rule: x/y}\n"), path);
    assert.equal(status, 2);
    assert.match(err, /\[0\]\.target|exemptions\[0\]/);
  });

  it("counts only findings beyond the baseline", () => {
    const path = file("bad.yaml", pod("bad", true));
    const baseline = join(directory, "baseline.json");
    assert.equal(json("--write-baseline", baseline, path).status, 0);
    const same = json("--baseline", baseline, path);
    assert.deepEqual([same.status, same.findings.length, same.summary.baseline], [0, 0, 1]);
    const more = json("--baseline", baseline, path, file("new.yaml", pod("new", true)));
    assert.deepEqual([more.status, shortly(more.findings)], [1, [["new", 0, "violated"]]]);
  });

  it("points SARIF results at lines of the file, also within lists", () => {
    const list = `kind: List\napiVersion: v1\nitems:\n${pod("bad", true).replaceAll(/^/gm, "    ").replace("    apiVersion", "  - apiVersion").trimEnd()}\n`;
    const path = file("list.yaml", `${pod("good", false)}---\n${list}`);
    const { out } = scan("--rules", PRIVILEGED, "--format", "sarif", path);
    assert.doesNotThrow(() => void JSON.parse(out));
    const line =
      readFileSync(path, "utf8")
        .split("\n")
        .findIndex((text) => text.includes("privileged: true")) + 1;
    assert.ok(line > 10);
    assert.match(out, new RegExp(`"startLine":${line},`));
    assert.match(out, /"ruleId":"pod-security\/privileged-containers"/);
  });

  it("writes JSON as one well-formed document, with and without findings", () => {
    const bad = file("bad.yaml", pod("bad", true) + "---\n" + pod("worse", true));
    for (const path of [bad, file("good.yaml", pod("good", false))]) {
      const { out } = scan("--rules", PRIVILEGED, "--format", "json", path);
      assert.equal(out, `${JSON.stringify(JSON.parse(out), null, 2)}\n`);
    }
  });

  it("writes every format, whatever characters names hold", () => {
    const odd = JSON.stringify({
      kind: "Pod",
      apiVersion: "v1",
      metadata: { name: 'a\u001b[31m"<|>&\n' },
      spec: { hostPID: true },
    });
    const path = file("odd.json", odd);
    for (const format of ["table", "json", "sarif", "junit", "markdown"]) {
      const { status, out } = scan("--rules", "pod-security/host-namespaces", "--format", format, path);
      assert.equal(status, 1, format);
      assert.doesNotMatch(out, /\u001b/, format);
      assert.match(out, /host-namespaces/, format);
    }
    assert.match(scan("--format", "junit", path).out, /name="Pod default\/a\\u001b\[31m&quot;&lt;\|&gt;&amp;/);
    const output = join(directory, "report.json");
    assert.equal(scan("--format", "json", "--output", output, path).out, "");
    const written = JSON.parse(readFileSync(output, "utf8")) as Parsed;
    assert.equal(written.summary.objects, 1);
  });

  it("explains every rule: its text, its expressions, its parameters, and the examples of its fixtures", () => {
    for (const rule of loadRules()) {
      const { id, definition } = rule;
      const { out } = scan("--explain", id);
      const { title, why, remedy, severity } = definition;
      for (const part of [`${id} (${severity})`, title, why, remedy]) assert.ok(out.includes(part), `${id}: ${part}`);
      const lines = new Set(out.split("\n").map((line) => line.trim()));
      const sources =
        rule.type === "stack" ? [] : sourcesOf(rule.definition).filter((source) => source !== rule.definition.detail);
      const examples = ["bad", "good"].map((side) => {
        const text = readFileSync(join(rulesDirectory, `${id}.${side}.yaml`), "utf8");
        return (
          text
            .replace(/^---\n/, "")
            .split(/^---/m)[0]
            ?.replace(/^#.*\n/gm, "") ?? ""
        );
      });
      for (const line of [...sources, ...examples].flatMap((text) => text.split("\n")))
        assert.ok(lines.has(line.trim()), `${id}: ${line}`);
      for (const name of Object.keys(definition.parameters?.safeParse({}).data ?? {}))
        assert.ok(out.includes(`"${name}":`), `${id}: parameter ${name}`);
    }
  });

  it("says of a rule whose objects it judges, where, and whether it can repair", () => {
    const told = (id: string): string => scan("--explain", id).out;
    assert.match(told(PRIVILEGED), /^Judges: {2}every namespace that the platform owns$/m);
    assert.match(
      told(PRIVILEGED),
      /^Decides: on each container by itself, the same at preview, at admission and in a/m,
    );
    assert.match(
      told("stack/duplicate-route"),
      /^Decides: on all objects of a stack together, .*; not at admission\.$/m,
    );
    const repairable = loadRules().filter((rule) => rule.type === "expression" && rule.definition.remediate);
    const toldOf = loadRules().filter(({ id }) => told(id).includes("Level `remediate` repairs it at preview."));
    assert.deepEqual(toldOf, repairable);
  });

  it("gives in SARIF the whole text of each rule found, and a link to its row", () => {
    const { out } = scan("--rules", PRIVILEGED, "--format", "sarif", file("bad.yaml", pod("bad", true)));
    const { runs } = JSON.parse(out) as { runs: { tool: { driver: { rules: Descriptor[] } } }[] };
    const [descriptor, ...more] = runs[0]?.tool.driver.rules ?? [];
    assert.deepEqual(more, []);
    assert.equal(descriptor?.help.text, scan("--explain", PRIVILEGED).out);
    assert.match(
      descriptor?.help.markdown ?? "",
      /\*\*Refused, in any workload\*\*\n\n```yaml\n[^`]*privileged: true[^`]*```/,
    );
    const [, area = "", anchor = ""] =
      /\/blob\/main\/docs\/rules\/([a-z-]+)\.md#([a-z-]+)$/.exec(descriptor?.helpUri ?? "") ?? [];
    const page = join(__dirname, "..", "..", "..", "docs", "rules", `${area}.md`);
    assert.ok(readFileSync(page, "utf8").includes(`<a id="${anchor}"></a>\`${PRIVILEGED}\``), descriptor?.helpUri);
  });

  it("runs as a command: standard input, a reader that stops, its status", () => {
    const command = join(__dirname, "..", "..", "..", "cli", "policy.ts");
    const node = `${process.execPath} -r ts-node/register/transpile-only ${command} scan - --rules ${PRIVILEGED}`;
    const many = Array.from({ length: 3_000 }, (_, index) => pod(`bad-${index}`, true)).join("---\n");
    const head = spawnSync("bash", ["-c", `set -o pipefail; ${node} | head -1`], { input: many, encoding: "utf8" });
    assert.match(head.stdout, /^\(stdin\), document 0: Pod shop\/bad-0\n$/);
    assert.equal(head.stderr.replace(/^npm warn.*\n/gm, ""), "");
    assert.equal(head.status, 1);
  }).timeout(120_000);
});

function bomb(): string {
  const lines = ["kind: Pod", "a0: &a0 [x, x, x, x, x, x, x, x, x]"];
  for (let level = 1; level < 12; level++) {
    lines.push(`a${level}: &a${level} [${Array.from({ length: 9 }, () => `*a${level - 1}`).join(", ")}]`);
  }
  return lines.join("\n");
}
