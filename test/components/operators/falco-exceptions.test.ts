import assert from "node:assert/strict";
import { parse } from "yaml";
import { exceptionRules, falcoException } from "../../../components/operators/falco/exceptions";
import { syscallRuleFile } from "../../../components/operators/falco/rules";

const why = "Docs' y-provider starts through yarn.";
const shell = "MijnBureau shell started by a server";
const facts = { namespaces: ["mijnbureau-docs"], internetNamespaces: [], secretReaders: [] };

describe("Falco's exceptions", () => {
  it("are added to the rule's condition, after the rule", () => {
    const given = [
      {
        rule: shell,
        when: [
          { field: "proc.pname", is: ["node"] },
          { field: "proc.cmdline", startsWith: "sh -c yarn" },
        ],
        reason: why,
      },
    ].map((each) => falcoException.parse(each));
    const file: unknown = parse(syscallRuleFile(facts, exceptionRules(given)));
    assert.ok(Array.isArray(file));
    assert.deepEqual(file.at(-1), {
      rule: shell,
      condition: 'and not (proc.pname in ("node") and proc.cmdline startswith "sh -c yarn")',
      override: { condition: "append" },
    });
  });

  it("cannot silence a whole rule, name one that is not there, or write a condition of their own", () => {
    const good = { rule: shell, when: [{ field: "proc.name", is: ["yarn"] }], reason: why };
    assert.ok(falcoException.safeParse(good).success);
    assert.ok(falcoException.safeParse({ ...good, rule: "Contact K8S API Server From Container" }).success);
    const field = (change: object) => ({ ...good, when: [{ field: "proc.name", is: ["a"], ...change }] });
    for (const bad of [
      { ...good, when: [] },
      { ...good, rule: "MijnBureau shel" },
      { ...good, reason: "short" },
      field({ is: ['a") or (evt.num > 0'] }),
      field({ is: ["a\nb"] }),
      field({ field: "proc.name exists or evt.num" }),
      field({ startsWith: "a" }),
      field({ is: undefined }),
    ]) {
      assert.ok(!falcoException.safeParse(bad).success, JSON.stringify(bad));
    }
  });
});
