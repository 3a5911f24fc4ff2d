import assert from "node:assert/strict";
import { z } from "zod";
import { stackKeys } from "../../components/stack-file";
import { scanOperators } from "../../components/operators/frame/registry";
import { ConfigError } from "../../config/errors";
import { parseConfig } from "../../components/settings";
import { configSchema } from "../../config/schema";

interface SchemaNode {
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly additionalProperties?: SchemaNode | boolean;
  readonly items?: SchemaNode;
  readonly anyOf?: readonly SchemaNode[];
  readonly oneOf?: readonly SchemaNode[];
}

type Path = readonly (string | number)[];

/** Every key of a stack file; a name or a place of its own where the schema has any number of them. */
function paths(node: SchemaNode, at: Path): Path[] {
  const own = Object.entries(node.properties ?? {}).flatMap(([key, child]) => below(child, [...at, key]));
  const values = node.additionalProperties;
  return [
    ...own,
    ...(typeof values === "object" ? below(values, [...at, "some-name"]) : []),
    ...(node.items === undefined ? [] : below(node.items, [...at, 0])),
    ...[...(node.anyOf ?? []), ...(node.oneOf ?? [])].flatMap((option) => paths(option, at)),
  ];
}

const below = (node: SchemaNode, at: Path): Path[] => [at, ...paths(node, at)];

const keysOf = (schema: z.ZodType, at: Path): Path[] =>
  paths(z.toJSONSchema(schema, { io: "input", unrepresentable: "any" }) as SchemaNode, at);

const isGroup = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function put(into: unknown, [key, ...rest]: Path, value: unknown): unknown {
  if (key === undefined) return value;
  if (typeof key === "number") return [put(Array.isArray(into) ? into[0] : undefined, rest, value)];
  const group = isGroup(into) ? into : {};
  return { ...group, [key]: put(group[key], rest, value) };
}

function problemsOf(raw: unknown): readonly string[] {
  assert(isGroup(raw));
  try {
    parseConfig(raw);
  } catch (error) {
    // Anything else would show a stack trace for a mistake in a stack file.
    assert(error instanceof ConfigError, error instanceof Error ? (error.stack ?? "") : String(error));
    return error.problems;
  }
  return [];
}

const keyIn = (problem: string): string => problem.split(":")[0] ?? "";

describe("messages about wrong configuration", () => {
  const base = stackKeys(process.cwd(), "dev");
  const own = keysOf(configSchema, []).filter(([key]) => key !== "operators");
  const operators = scanOperators().flatMap(({ name, keys }) => keysOf(keys, ["operators", name]));
  const all = [...new Map([...own, ...operators].map((path) => [path.join("."), path])).values()];

  /** With the operator on: what an operator requires is not asked of one that is off. */
  const withWrong = (path: Path, wrong: unknown): unknown => {
    const [section, name, key] = path;
    const switched = scanOperators().some((each) => each.name === name && each.prerequisite === undefined);
    const on = section === "operators" && switched && key !== "enabled";
    return put(on ? put(base, ["operators", name ?? "", "enabled"], true) : base, path, wrong);
  };

  // None of them is right for any key.
  const wrongEverywhere: readonly unknown[] = [null, -1.5, [{ "no such key": 1 }]];

  it("finds the keys of the stack and of its operators", () => {
    const paths = new Set(all.map((path) => path.join(".")));
    const sample = ["environment", "apps.docs.namespace", "network.podCidrs", "operators.velero.storage.bucket"];
    assert.deepEqual(
      sample.filter((path) => !paths.has(path)),
      [],
    );
  });

  it("refuses every wrong type on every key, in words, and names the key or its group", () => {
    const poor = all.flatMap((path) => {
      // Parameters of a rule are the rule's own business.
      if (path[1] === "rules") return [];
      return wrongEverywhere.flatMap((wrong) => {
        const key = path.join(".");
        const problems = problemsOf(withWrong(path, wrong));
        const group = path.slice(0, 2).join(".");
        const about = problems.filter((problem) => problem.startsWith(group) || group.startsWith(`${keyIn(problem)}.`));
        return [
          ...(about.length === 0 ? [`${key} = ${JSON.stringify(wrong)}: ${problems.join(" | ") || "accepted"}`] : []),
          ...problems.filter((problem) => /Invalid|expected|undefined|Unrecognized|Too (small|big)/.test(problem)),
        ];
      });
    });
    assert.deepEqual([...new Set(poor)], []);
  });

  it("says of every choice what it can be", () => {
    const [problem] = problemsOf(put(base, ["network", "cni"], "flannel"));
    assert.equal(problem, 'network.cni: "flannel" is not one of cilium, calico, other');
  });

  it("says of a missing key how to write it", () => {
    const rest = Object.fromEntries(Object.entries(base).filter(([key]) => key !== "domain"));
    assert.deepEqual(problemsOf(rest), ["domain: is missing; example: mijnbureau.example.nl"]);
  });

  it("does not repeat a long value as a whole", () => {
    const [problem = ""] = problemsOf({ ...base, domain: "x".repeat(5_000) });
    assert(problem.length < 300, problem);
  });

  const exemption = {
    rule: "images/digest",
    target: { kind: "Pod" },
    reason: "Test.",
    owner: "team",
    expires: "2099-01-01",
  };

  for (const [key, wrong, right] of [
    ["operators.velero.storage.cidrs", ["10.0.0.1"], ["10.0.0.0/8"]],
    ["operators.kube-bench.schedule", "23 25 * * *", "*/5 0-6,22 * * 1"],
    ["operators.edge.maxBodyBytesOf", { nextclod: 1 }, { nextcloud: 1 }],
    ["operators.velero.drill.apps", ["nextclod"], ["nextcloud"]],
    [
      "operators.falco.exceptions",
      [{ rule: "MijnBureau shell", fields: { "proc.name": "sh" }, reason: "r", owner: "o", expires: "2099-01-01" }],
      [
        {
          rule: "MijnBureau package manager",
          fields: { "proc.name": "apk" },
          reason: "r",
          owner: "o",
          expires: "2099-01-01",
        },
      ],
    ],
    ["operators.loki.storage.chunksBucket", "Logs of us", "logs-of-us"],
    ["network.ingress.podLabels", { "app/name/x": "traefik" }, { "example.nl/app": "traefik" }],
    ["network.ingress.podLabels", { app: "no spaces" }, { app: "no-spaces" }],
    ["owner", "Platform team", "platform-team"],
    ["policies.rules", { "images/no-such-rule": { level: "off" } }, { "images/digest": { level: "off" } }],
    ["policies.rules", { "workload/runtime-class": { parameters: { allowed: 1 } } }, {}],
    ["policies.exemptions", [{ ...exemption, rule: "images/no-such-rule" }], [exemption]],
    ["hostnames", { nextclod: "files" }, { nextcloud: "files" }],
    ["hostnames", { nextcloud: "docs" }, { nextcloud: "docs", docs: "notes" }],
    ["identity.issuer", "http://id.example.nl", "https://id.example.nl"],
  ] as const) {
    it(`refuses ${key}: ${JSON.stringify(wrong)} before the cluster does`, () => {
      const problems = problemsOf(put(base, key.split("."), wrong));
      assert(problems.length === 1 && problems[0]?.startsWith(key), problems.join("\n"));
      assert.deepEqual(problemsOf(put(base, key.split("."), right)), []);
    });
  }
});
