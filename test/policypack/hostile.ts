/** Each rule on text that is made to cost time, in every place of its own fixtures. */
import { asObject } from "../../lib/json";
import type { Rule } from "../../policypack/engine/rule";
import { fixtures, judge } from "./harness";

/** Beginnings of what rules look for, over and over, and what ends none of them. */
export const hostileUnits: readonly string[] = [
  "a",
  "curl ",
  "eyJ",
  "a.b-c_d/",
  "!= 'a' && ",
  "k8s.io/x != 'a' && ",
  "-----BEGIN A ",
  "$(A)-$(B)",
  "password=a ",
  "http://a:b@",
  "10.0.0.0/8,",
  "alias ",
  "x=y\n",
  " \n\t",
  "\u00e9",
  "'\\\"",
];

type Path = readonly (string | number)[];

/** Text of a fixture that may be replaced without making another object of it. */
function leaves(value: unknown, path: Path = []): readonly Path[] {
  if (typeof value === "string") return path.some((key) => key === "apiVersion" || key === "kind") ? [] : [path];
  if (Array.isArray(value)) return value.flatMap((each: unknown, index) => leaves(each, [...path, index]));
  return Object.entries(asObject(value) ?? {}).flatMap(([key, each]) => leaves(each, [...path, key]));
}

function replaced(value: unknown, path: Path, text: string): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return text;
  if (Array.isArray(value))
    return value.map((each: unknown, index) => (index === key ? replaced(each, rest, text) : each));
  const object = asObject(value) ?? {};
  return { ...object, [key]: replaced(object[key], rest, text) };
}

export interface Cost {
  readonly rule: string;
  readonly unit: string;
  readonly path: string;
  /** Processor time. */
  readonly milliseconds: number;
}

/** The time of a rule on each of some places of its fixtures, with a text of a length made of a unit. */
export function* costs(rule: Rule, unit: string, length: number, places: number): Generator<Cost> {
  const text = unit.repeat(Math.ceil(length / unit.length));
  const documents = [...fixtures(rule, "bad"), ...fixtures(rule, "good")].map(({ objects }) => objects);
  const all = documents.flatMap((objects) => leaves(objects).map((path) => ({ objects, path })));
  const distinct = [
    ...new Map(all.map((each) => [each.path.filter((key) => typeof key === "string").join("."), each])).values(),
  ];
  // Spread over all of them, so that small samples see each kind of place.
  const step = Math.max(1, Math.floor(distinct.length / places));
  for (const { objects, path } of distinct.filter((_, index) => index % step === 0).slice(0, places)) {
    const hostile = replaced(objects, path, text) as readonly unknown[];
    const start = process.cpuUsage();
    judge(rule, hostile);
    const { user, system } = process.cpuUsage(start);
    yield { rule: rule.id, unit, path: path.join("."), milliseconds: (user + system) / 1_000 };
  }
}
