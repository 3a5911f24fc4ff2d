import assert from "node:assert/strict";
import { parse } from "yaml";
import { z } from "zod";
import { lockedChart } from "../../../components/charts/lock";
import { auditRuleFile, syscallRuleFile } from "../../../components/operators/falco/rules";
import { readCondition } from "./falco-condition";
import { keyPaths, valuesOf } from "./support-upstream";
import upstream from "./upstream/falco.json";

const given = {
  namespaces: ["a"],
  operatorNamespaces: ["o"],
  outside: [{ namespace: "a", cidrs: ["192.0.2.0/24"] }],
  secretReaders: ["system:serviceaccount:a:b"],
  webhookKeepers: ["system:serviceaccount:a:c"],
  deployers: ["system:serviceaccount:a:d"],
  deployerGroups: ["deployers"],
  platformUsers: ["platform"],
  exceptions: [{ rule: "MijnBureau package manager", fields: { "proc.name": "apk" }, expires: "2027-01-31" }],
};

const entry = z.looseObject({
  rule: z.string().optional(),
  macro: z.string().optional(),
  list: z.string().optional(),
  condition: z.string().optional(),
  output: z.string().optional(),
  priority: z.string().optional(),
});
const entriesOf = (file: string) => z.array(entry).parse(parse(file));

const sources = [
  { name: "syscall", entries: entriesOf(syscallRuleFile(given)), fields: upstream.syscallFields },
  {
    name: "k8s_audit",
    entries: entriesOf(auditRuleFile(given)),
    fields: [...upstream.auditFields, ...upstream.eventFields, ...upstream.jsonFields],
  },
];

interface Known {
  readonly fields: readonly string[];
  readonly macros: ReadonlySet<string>;
  readonly lists: ReadonlySet<string>;
}

/** What a condition names and nobody has defined. */
function unknownIn(condition: string, { fields, macros, lists }: Known): string[] {
  const read = readCondition(condition);
  const values = read.comparisons.flatMap((each) => each.values);
  const events = read.comparisons.filter(({ field }) => field === "evt.type").flatMap((each) => each.values);
  return [
    ...read.fields.filter((field) => !fields.includes(field)).map((field) => `field ${field}`),
    ...read.macros.filter((macro) => !macros.has(macro)).map((macro) => `macro ${macro}`),
    ...values.filter((value) => value.startsWith("mijnbureau_") && !lists.has(value)).map((list) => `list ${list}`),
    ...events.filter((event) => !upstream.events.includes(event)).map((event) => `event ${event}`),
  ];
}

describe("Falco's configuration against what upstream knows", () => {
  it("is compared with the version that the chart installs", () => {
    assert.equal(lockedChart("falco").appVersion, upstream.sources[0]?.version);
    const versions = JSON.stringify(["falco", "falco-audit"].map((name) => valuesOf(name)));
    for (const [, name = "", version = ""] of versions.matchAll(
      /ghcr\.io\/falcosecurity\/[\w/-]+\/([\w-]+):([\d.]+)/g,
    )) {
      const source = upstream.sources.find(
        ({ version: tag }) => tag.endsWith(`${name}/v${version}`) || tag === `${name}-${version}`,
      );
      assert.ok(name === "json" || source !== undefined, `${name} ${version}`);
    }
  });

  for (const { name, entries, fields } of sources) {
    it(`${name}: conditions are of Falco's grammar, of fields, macros and lists that exist`, () => {
      const macros = new Set(entries.flatMap(({ macro }) => macro ?? []));
      const lists = new Set(entries.flatMap(({ list }) => list ?? []));
      const known = { fields, macros, lists };
      const problems = entries.flatMap(({ rule, macro, condition }) =>
        condition === undefined ? [] : unknownIn(condition, known).map((what) => `${rule ?? macro ?? ""}: ${what}`),
      );
      assert.deepEqual(problems, []);
    });

    it(`${name}: outputs are of fields that exist, keys and priorities are upstream's`, () => {
      for (const { rule, output = "", priority, ...others } of entries) {
        for (const [, field = ""] of output.matchAll(/%([a-z][\w.]*[\w])/g)) {
          assert.ok(fields.includes(field), `${rule ?? ""}: ${field}`);
        }
        if (priority !== undefined) assert.ok(upstream.priorities.includes(priority), priority);
        for (const key of Object.keys(others)) assert.ok(upstream.ruleKeys.includes(key), key);
      }
    });

    it(`${name}: no name is taken by upstream's own rules, which a rule of ours would change`, () => {
      for (const { rule, macro, list, override } of entries) {
        if (override !== undefined) {
          // What replaces a macro of upstream has to find it.
          assert.ok(macro !== undefined && upstream.macros.includes(macro), macro);
          continue;
        }
        assert.ok(rule === undefined || !upstream.ruleNames.includes(rule), rule);
        assert.ok(macro === undefined || !upstream.macros.includes(macro), macro);
        assert.ok(list === undefined || !upstream.lists.includes(list), list);
      }
    });
  }

  it("sets only keys of falco.yaml that Falco's own schema has", () => {
    for (const operator of ["falco", "falco-audit"]) {
      const paths = keyPaths(valuesOf(operator)["falco"]);
      assert.ok(paths.length > 10);
      const free = (path: string): boolean => path.startsWith("plugins[].init_config."); // the plugin's own
      for (const path of paths.filter((each) => !free(each))) {
        assert.ok(upstream.configuration.includes(path), `${operator}: falco.${path}`);
      }
    }
  });

  it("would notice a field, a macro or a bracket too many", () => {
    const known = { fields: upstream.syscallFields, macros: new Set(["mine"]), lists: new Set<string>() };
    const condition = "mine and yours and proc.nam = a and evt.type in (opn) and proc.name in (mijnbureau_none)";
    assert.deepEqual(unknownIn(condition, known), [
      "field proc.nam",
      "macro yours",
      "list mijnbureau_none",
      "event opn",
    ]);
    assert.throws(() => readCondition("evt.type in (open and proc.name = a"));
    assert.throws(() => readCondition("proc.name isnt a"));
    assert.deepEqual(readCondition("not a_macro and (fd.num >= 0 or proc.name in (a, 'b'))").comparisons, [
      { field: "fd.num", values: ["0"] },
      { field: "proc.name", values: ["a", "b"] },
    ]);
  });
});
