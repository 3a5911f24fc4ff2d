import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { run } from "../../../cli/scan/command";

const TODAY = "2026-06-01";
const PRIVILEGED = "pod-security/privileged-containers";

interface Report {
  readonly findings: readonly {
    readonly rule: string;
    readonly name: string;
    readonly namespace: string;
    readonly file: string;
    readonly message: string;
    readonly decision: string;
  }[];
  readonly summary: {
    readonly judged: number;
    readonly baseline: number;
    readonly otherDocuments: number;
    readonly notes: readonly { readonly id: string; readonly message: string }[];
    readonly problems: readonly { readonly message: string }[];
  };
}

const pod = (name: string, container: object = {}, namespace: string | undefined = "shop"): object => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name, ...(namespace !== "" && { namespace }) },
  spec: { containers: [{ name: "c", image: "ghcr.io/minbzk/a:1.0", ...container }] },
});
const privileged = { securityContext: { privileged: true } };
const json = (value: unknown): string => JSON.stringify(value);

describe("mijnbureau-policy scan, what it reads", () => {
  let directory = "";
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "scan-"));
  });
  afterEach(() => {
    rmSync(directory, { recursive: true, force: true });
  });

  const file = (name: string, content: string | Uint8Array): string => {
    const path = join(directory, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
    return path;
  };
  const scan = (...args: string[]) => {
    const { status, out, err } = run(["scan", "--format", "json", ...args], TODAY);
    return { status, err, ...(out === "" ? { findings: [], summary: undefined } : (JSON.parse(out) as Report)) };
  };
  const names = ({ findings }: Pick<Report, "findings">): readonly string[] => findings.map(({ name }) => name);
  const only = ["--rules", PRIVILEGED] as const;

  it("reads JSON documents in a row, however they are laid out", () => {
    const [a, b] = [pod("a", privileged), pod("b", privileged)];
    const texts = [
      `${json(a)}${json(b)}`,
      `${json(a)}\n${json(b)}\n`,
      `${JSON.stringify(a, null, 2)}\n\n${JSON.stringify(b, null, 2)}`,
      `---\n${json(a)}${json(b)}`,
      `a: 1\n--- ${json(a)}\n${json(b)}`,
    ];
    for (const text of texts) assert.deepEqual(names(scan(...only, file("x.json", text))), ["a", "b"], text);
  });

  it("refuses what is no JSON behind a JSON value, which a reader of YAML would drop without a word", () => {
    const [a, b] = [json(pod("a", privileged)), json(pod("b", privileged))];
    for (const text of [`${a}${b} xx`, `${a}\nxx`, `${a}\n${b.slice(0, -1)}`, `---\n${a}\nxx`]) {
      const { status, err } = scan(...only, file("x.json", text));
      assert.equal(status, 2, text);
      assert.match(err, /behind a JSON value/, text);
    }
    assert.deepEqual(names(scan(...only, file("x.json", `${a} # a comment of YAML`))), ["a"]);
  });

  it("reads UTF-16 and UTF-8 with their marks, and says what other bytes are", () => {
    const text = `\ufeff${json(pod("a", privileged))}`;
    const little = Buffer.from(text, "utf16le");
    const big = Buffer.from(little).swap16();
    for (const bytes of [little, big, Buffer.from(text)])
      assert.deepEqual(names(scan(...only, file("x.yaml", bytes))), ["a"]);
    const { status, err } = scan(...only, file("x.yaml", little.subarray(2)));
    assert.equal(status, 2);
    assert.match(err, /UTF-16/);
  });

  it("opens lists in lists, templates of OpenShift, and manifests in other objects", () => {
    const bad = pod("a", privileged);
    const holders = [
      {
        apiVersion: "v1",
        kind: "List",
        items: [{ apiVersion: "v1", kind: "PodList", items: [{ ...bad, kind: undefined, apiVersion: undefined }] }],
      },
      { apiVersion: "template.openshift.io/v1", kind: "Template", metadata: { name: "t" }, objects: [bad] },
      { apiVersion: "v1", kind: "Template", metadata: { name: "t" }, objects: [bad] },
      {
        apiVersion: "work.open-cluster-management.io/v1",
        kind: "ManifestWork",
        metadata: { name: "w" },
        spec: { workload: { manifests: [bad] } },
      },
    ];
    for (const holder of holders)
      assert.deepEqual(names(scan(...only, file("x.json", json(holder)))), ["a"], json(holder));
  });

  it("refuses what was not rendered, and not what merely holds braces", () => {
    const templates = [
      "{{- if .Values.enabled }}\napiVersion: v1\nkind: Pod\n{{- end }}\n",
      'apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec:\n  containers: [{name: c, image: "{{ .Values.image }}"}]\n',
      "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\n{% if x %}\nspec: {}\n{% endif %}\n",
    ];
    for (const text of templates) {
      const { status, err } = scan(file("x.yaml", text));
      assert.equal(status, 2, text);
      assert.match(err, /render it first/, text);
    }
    const others = [
      'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: b}\ndata: {t: "{{ .Values.image }}"}\n',
      'apiVersion: monitoring.coreos.com/v1\nkind: PrometheusRule\nmetadata: {name: a, namespace: b}\nspec: {groups: [{name: g, rules: [{alert: A, expr: up, annotations: {summary: "{{ $labels.pod }}"}}]}]}\n',
      'apiVersion: argoproj.io/v1alpha1\nkind: Workflow\nmetadata: {name: a, namespace: b}\nspec: {templates: [{name: m, container: {image: "a:{{inputs.parameters.tag}}"}}]}\n',
    ];
    for (const text of others) assert.deepEqual(scan(file("x.yaml", text)).summary?.problems, [], text);
  });

  it("refuses documents that miss their kind, and leaves other files alone", () => {
    const nearly = [
      "Kind: Pod\napiVersion: v1\nmetadata: {name: a}\n",
      "apiVersion: v1\nmetadata: {name: a}\nspec: {}\n",
    ];
    for (const text of nearly) {
      const { status, err } = scan(file("x.yaml", text));
      assert.equal(status, 2);
      assert.match(err, /"kind"/);
    }
    file("good.yaml", json(pod("good")));
    file("values.yaml", "image: {tag: 1}\nspec: {a: b}\n");
    file("Chart.yaml", "apiVersion: v2\nname: a\nversion: 1.0.0\n");
    rmSync(join(directory, "x.yaml"));
    const { status, summary } = scan(...only, directory);
    assert.equal(status, 0);
    assert.equal(summary?.otherDocuments, 2);
  });

  it("says that nothing was judged, and ends with 2, unless that is in order", () => {
    const empty = file("empty.yaml", "# nothing\n");
    const service = file(
      "service.yaml",
      json({ apiVersion: "v1", kind: "Service", metadata: { name: "s" }, spec: {} }),
    );
    const values = file("values.yaml", "a: b\n");
    const unknown = file(
      "unknown.yaml",
      json({ apiVersion: "example.org/v1", kind: "Thing", metadata: { name: "t" }, spec: {} }),
    );
    for (const args of [
      [empty],
      [values],
      [unknown],
      ["--pod-security", "restricted@v1.33", service],
      [...only, service],
    ]) {
      for (const format of ["table", "json", "sarif", "junit", "markdown"]) {
        const { status, out } = run(["scan", "--format", format, ...args], TODAY);
        assert.equal(status, 2, args.join(" "));
        assert.match(out, /Nothing was judged/, `${format}: ${out}`);
      }
      assert.equal(run(["scan", "--allow-empty", ...args], TODAY).status, 0, args.join(" "));
    }
    assert.equal(run(["scan", ...only, file("pod.json", json(pod("a")))], TODAY).status, 0);
  });

  it("counts what it did not judge, in every format", () => {
    const thing = {
      apiVersion: "example.org/v1",
      kind: "Thing",
      metadata: { name: "t", namespace: "shop" },
      spec: { a: 1 },
    };
    const both = file("both.yaml", `${json(pod("a"))}\n---\n${json(thing)}\n`);
    for (const format of ["table", "json", "sarif", "junit", "markdown"])
      assert.match(
        run(["scan", "--format", format, ...only, both], TODAY).out,
        /1 object of kind example\.org\/Thing was not judged/,
      );
    const workflow = {
      ...thing,
      apiVersion: "argoproj.io/v1alpha1",
      kind: "Workflow",
      spec: { templates: [{ container: { image: "a:1", command: ["x"] } }] },
    };
    assert.match(scan(...only, file("w.json", json(workflow))).summary?.notes[0]?.message ?? "", /judged in part/);
    const quiet = scan(
      ...only,
      file(
        "c.yaml",
        `${json(pod("a"))}\n---\n${json({ apiVersion: "coordination.k8s.io/v1", kind: "Lease", metadata: { name: "l" } })}`,
      ),
    );
    assert.deepEqual(quiet.summary?.notes, []);
  });

  it("puts objects without a namespace into the one that is named", () => {
    const [bare, own] = [pod("bare", privileged, ""), pod("own", privileged, "own")];
    const role = {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "ClusterRole",
      metadata: { name: "r" },
      rules: [],
    };
    const path = file("x.yaml", [bare, own, role].map(json).join("\n---\n"));
    const { findings } = scan("--rules", PRIVILEGED, "--rules", "namespaces/namespace-set", "-n", "given", path);
    assert.deepEqual(
      findings.map(({ rule, namespace }) => [rule, namespace]),
      [
        [PRIVILEGED, "given"],
        [PRIVILEGED, "own"],
      ],
    );
  });

  it("leaves patches of kustomize alone, with a word", () => {
    file("base/pod.yaml", json(pod("whole", privileged)));
    file(
      "acc/kustomization.yaml",
      "patches: [{path: memory.yaml}, {path: parts/cpu.yaml}]\npatchesStrategicMerge: [./other.yaml]\n",
    );
    const below = file("acc/parts/cpu.yaml", json(pod("patch", privileged)));
    const patch = file("acc/memory.yaml", json(pod("patch", privileged)));
    file("acc/other.yaml", json(pod("patch", privileged)));
    file("acc/own.yaml", json(pod("own", privileged)));
    const { findings, summary } = scan(...only, directory);
    assert.deepEqual([...names({ findings })].sort(), ["own", "whole"]);
    assert.match(
      summary?.notes.map(({ message }) => message).join() ?? "",
      /3 patches of kustomize left alone.*kustomize build/,
    );
    for (const each of [patch, below]) assert.deepEqual(names(scan(...only, "--allow-empty", each)), []);
  });

  it("judges what a kustomization names as a resource, also where it is called a patch", () => {
    file("kustomization.yaml", "resources: [a.yaml]\npatches: [{ path: a.yaml }]\n");
    file("a.yaml", json(pod("a", privileged)));
    assert.deepEqual(names(scan("--rules", PRIVILEGED, directory)), ["a"]);
  });

  describe("with a baseline", () => {
    const baseline = (): string => join(directory, "baseline.json");
    const write = (path: string): void =>
      assert.equal(run(["scan", ...caps, "--write-baseline", baseline(), path], TODAY).status, 0);
    const caps = ["--rules", "pod-security/capabilities-baseline", "--rules", PRIVILEGED] as const;
    const adds = (...add: string[]): object => ({ securityContext: { capabilities: { add } } });
    const after = (path: string, ...args: string[]) => scan(...caps, "--baseline", baseline(), ...args, path);

    it("lets nothing get worse, and takes what is better or moved", () => {
      const path = file("a.yaml", json(pod("a", adds("SYS_TIME", "NET_RAW", "NET_ADMIN"))));
      write(path);
      assert.deepEqual(after(path).status, 0);
      const same = [
        adds("NET_ADMIN", "SYS_TIME", "NET_RAW"),
        adds("NET_ADMIN"),
        { ...adds("NET_ADMIN", "SYS_TIME"), image: "b:2" },
      ];
      for (const container of same)
        assert.equal(after(file("a.yaml", json(pod("a", container)))).status, 0, json(container));
      const worse = [
        adds("SYS_TIME", "NET_ADMIN", "SYS_ADMIN"),
        adds("SYS_MODULE"),
        { securityContext: { privileged: true } },
      ];
      for (const container of worse)
        assert.equal(after(file("a.yaml", json(pod("a", container)))).status, 1, json(container));
    });

    it("lets no network policy take more pods, and no Ingress serve more hosts without TLS", () => {
      const object = (group: string, kind: string, spec: object): object => ({
        apiVersion: `networking.k8s.io/${group}`,
        kind,
        metadata: { name: "a", namespace: "shop" },
        spec,
      });
      const policy = (podSelector: object): object =>
        object("v1", "NetworkPolicy", { podSelector, policyTypes: ["Ingress"], ingress: [{}] });
      const hosts = (...names: readonly string[]): object =>
        object("v1", "Ingress", { rules: names.map((host) => ({ host })) });
      const rows: readonly (readonly [rule: string, before: object, worse: object])[] = [
        ["network/allow-all", policy({ matchLabels: { app: "a" } }), policy({})],
        ["exposure/ingress-tls", hosts("a.example.org"), hosts("a.example.org", "b.example.org")],
      ];
      for (const [rule, before, worse] of rows) {
        const path = file("a.yaml", json(before));
        assert.equal(run(["scan", "--rules", rule, "--write-baseline", baseline(), path], TODAY).status, 0);
        const found = (): number => scan("--rules", rule, "--baseline", baseline(), path).findings.length;
        assert.equal(found(), 0, rule);
        file("a.yaml", json(worse));
        assert.equal(found(), 1, rule);
      }
    });

    it("knows what lacks, and an image, whatever else about the container changes", () => {
      const path = file("a.yaml", json(pod("a")));
      assert.equal(run(["scan", "--write-baseline", baseline(), path], TODAY).status, 0);
      const later = { image: "ghcr.io/minbzk/a:1.1", env: [{ name: "A", value: "b" }] };
      const rules = (container: object): readonly string[] =>
        scan("--baseline", baseline(), file("a.yaml", json(pod("a", container)))).findings.map(({ rule }) => rule);
      assert.deepEqual(rules(later), []);
      assert.deepEqual(rules({ image: "example.org/a:1.0" }), ["images/allowed-registry", "images/digest"]);
    });

    it("tells objects of one name apart by their file, and knows one that stands alone wherever it lies", () => {
      file("acc/web.yaml", json(pod("web", privileged)));
      file("prod/web.yaml", json(pod("web")));
      write(directory);
      file("acc/web.yaml", json(pod("web")));
      file("prod/web.yaml", json(pod("web", privileged)));
      rmSync(baseline() + ".x", { force: true });
      assert.deepEqual(
        after(directory).findings.map(({ file: where }) => where.endsWith("prod/web.yaml")),
        [true],
      );
      rmSync(join(directory, "acc"), { recursive: true });
      rmSync(join(directory, "prod"), { recursive: true });
      const alone = file("one.yaml", json(pod("web", privileged)));
      write(alone);
      const moved = file("moved/two.yaml", readFileSync(alone, "utf8"));
      rmSync(alone);
      assert.equal(after(moved).status, 0);
    });

    it("names what no longer occurs, and takes it out when asked", () => {
      const path = file("a.yaml", [pod("a", privileged), pod("b", privileged)].map(json).join("\n---\n"));
      write(path);
      file("a.yaml", [pod("a", privileged), pod("b")].map(json).join("\n---\n"));
      const { status, summary } = after(path);
      assert.equal(status, 0);
      assert.match(
        summary?.notes.map(({ message }) => message).join() ?? "",
        /1 entry of the baseline no longer occurs \(pod-security\/privileged-containers of Pod shop\/b, container c\)/,
      );
      assert.deepEqual(after(path, "--prune-baseline").summary?.notes, []);
      file("a.yaml", [pod("a", privileged), pod("b", privileged)].map(json).join("\n---\n"));
      assert.deepEqual(names(after(path)), ["b"]);
    });

    it("refuses one of another version", () => {
      writeFileSync(baseline(), '{"findings": {"a": 1}}');
      const { status, err } = after(file("a.yaml", json(pod("a"))));
      assert.equal(status, 2);
      assert.match(err, /write it anew/);
    });
  });
});
