import { existsSync } from "node:fs";
import { join } from "node:path";
import { label } from "../../lib/labels";
import { contextIn, Engine, readObject } from "../../policypack/engine/engine";
import type { JsonObject } from "../../lib/json";
import { asObject, asString } from "../../lib/json";
import { loadRules } from "../../policypack/engine/load";
import { policySettings } from "../../config/policies";
import { StackIndex, stackObject } from "../../policypack/engine/stack";
import type { StackObject } from "../../policypack/engine/stack";
import { checkId, mappingOf } from "../../policypack/external-checks";
import type { Tool } from "../../policypack/external-checks";
import { corpusDirectory, readLines } from "./verdicts";

/** One verdict of another tool's own tests: on one object, or on all objects of a file together. */
export interface Label {
  readonly corpus: string;
  readonly tool: Tool;
  /** The tool's check, or several of which the label holds for all (pass) or any (fail). */
  readonly checks: readonly string[];
  readonly expect: "pass" | "fail";
  readonly file: string;
  readonly objects: readonly JsonObject[];
}

/** A label with the rules that judge the same, and our verdict. */
export interface Comparison {
  readonly label: Label;
  /** Our rules for the checks. */
  readonly rules: readonly string[];
  /** Those of them that found something. */
  readonly violated: readonly string[];
  readonly agrees: boolean;
}

const toolOf: Readonly<Record<string, Tool>> = {
  checkov: "checkov",
  "kube-score": "kubeScore",
  "kyverno-policies": "kyverno",
};

/** The values that the tool's own example of a check allows, where those are the user's to choose. */
const exampleParameters: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  "exposure/certificate-duration": { maximum: "2400h" },
  "exposure/certificate-issuer": { issuers: ["ClusterIssuer/our-corp-issuer"] },
  "exposure/certificate-names": { maximum: 1 },
  "images/allowed-registry": { allowed: ["bar.io/", "eu.foo.io/"] },
  "workload/runtime-class": { allowed: ["expclass", "prodclass"] },
};

interface Line {
  readonly source: string;
  readonly rule: string;
  readonly expect: "pass" | "fail";
  readonly file: string;
  readonly fileLevel: boolean;
  readonly object: JsonObject;
}

function lineOf(value: unknown): Line | undefined {
  const line = asObject(value);
  const [source, rule, file] = ["source", "rule", "file"].map((key) => asString(line?.[key]));
  const object = asObject(line?.["object"]);
  const expect = line?.["expect"];
  if (source === undefined || rule === undefined || file === undefined || object === undefined) return undefined;
  if (expect !== "pass" && expect !== "fail") return undefined;
  return { source, rule, expect, file, fileLevel: line?.["fileLevel"] === true, object };
}

interface Draft extends Label {
  expect: "pass" | "fail";
  readonly objects: JsonObject[];
}

/** The labelled objects; undefined where the corpus is not given. */
export function labelledObjects(): readonly Label[] | undefined {
  const file = join(corpusDirectory, "labelled-objects.jsonl.gz");
  if (!existsSync(file)) return undefined;
  const labels = new Map<string, Draft>();
  for (const [index, value] of readLines(file).entries()) {
    const line = lineOf(value);
    const tool = toolOf[line?.source ?? ""];
    if (line === undefined || tool === undefined) throw new Error(`${file}, line ${index + 1}: not a labelled object`);
    const key = keyOf(line);
    const known = labels.get(key);
    if (known === undefined) {
      const checks = line.rule.split("|").map((name) => checkId(tool, name));
      const { source: corpus, expect, object } = line;
      labels.set(key, { corpus, tool, checks, expect, file: line.file, objects: [object] });
    } else if (line.fileLevel) known.objects.push(line.object);
    else if (line.expect === "fail") known.expect = "fail";
  }
  return [...labels.values()];
}

// A label of a file is one on all its objects. A policy of Kyverno with several rules (`policy#rule`) passes an
// object where each of them does.
function keyOf(line: Line): string {
  if (line.fileLevel) return [line.source, line.rule, line.expect, line.file].join("\n");
  return [line.source, line.rule.split("#")[0], line.file, JSON.stringify(line.object)].join("\n");
}

/** Our verdicts on labelled objects, for those whose checks have rules that judge the same. */
export function compareLabels(labels: readonly Label[]): readonly Comparison[] {
  const rules = loadRules();
  const mapped = new Map<string, readonly string[]>();
  for (const tool of new Set(labels.map((each) => each.tool))) {
    for (const { check, rules: own, reason } of mappingOf(tool, rules)) {
      if (reason === undefined) mapped.set(`${tool} ${check}`, own);
    }
  }
  const wanted = new Set([...mapped.values()].flat());
  const levels = Object.fromEntries(
    [...wanted].map((id) => {
      const values = exampleParameters[id];
      return [id, { level: "mandatory" as const, ...(values !== undefined && { parameters: values }) }];
    }),
  );
  const engine = new Engine(
    rules.filter(({ id }) => wanted.has(id)),
    policySettings.parse({ profile: "strict", rules: levels }),
    "2026-01-01",
  );
  return labels.flatMap((each): readonly Comparison[] => {
    const own = [...new Set(each.checks.flatMap((check) => mapped.get(`${each.tool} ${check}`) ?? []))];
    if (own.length === 0) return [];
    const found = violatedRules(engine, each.objects);
    const violated = own.filter((id) => found.has(id));
    return [{ label: each, rules: own, violated, agrees: (each.expect === "fail") === violated.length > 0 }];
  });
}

/** The namespaces of the suite that the objects lie in, where their labels do not come with one. */
function missingNamespaces(entries: readonly StackObject[]): readonly StackObject[] {
  const given = new Set(entries.filter(({ kind }) => kind === "Namespace").map(({ name }) => name));
  const names = new Set(entries.map(({ namespace }) => namespace).filter((name) => name !== "" && !given.has(name)));
  return [...names].map((name) =>
    stackObject({
      apiVersion: "v1",
      kind: "Namespace",
      metadata: { name, labels: { [label.role]: "suite" } },
    }),
  );
}

// The objects of one label are one stack, in namespaces of the suite, so that every rule looks at them.
function violatedRules(engine: Engine, objects: readonly JsonObject[]): ReadonlySet<string> {
  const entries = objects.map((object) => readObject(object)).filter((each): each is StackObject => each !== undefined);
  const stack = new StackIndex([...entries, ...missingNamespaces(entries)]);
  const single = entries.flatMap((entry) => engine.judge(entry, contextIn(stack, entry, "suite")));
  const found = [...single, ...engine.judgeStack(stack)].filter(({ decision }) => decision === "violated");
  return new Set(found.map(({ rule }) => rule));
}
