import { UserError } from "../../../lib/errors";
import { camel, named, type Change } from "./change";

/** A rule: its file and its two fixtures. */
export function newRule(id: string, areas: readonly string[]): Change {
  const [area = "", name, ...more] = id.split("/");
  if (name === undefined || more.length > 0 || !areas.includes(area)) {
    throw new UserError(`rule "${id}": is not <area>/<rule>; areas: ${areas.join(", ")}`);
  }
  const base = `policypack/rules/${area}/${named("rule", name)}`;
  return {
    files: { [`${base}.ts`]: file(area, name), [`${base}.good.yaml`]: good, [`${base}.bad.yaml`]: bad },
    edits: {},
    next: [
      `${base}.ts: the norm, its reason and its standards; \`valid\` stands for what the rule asks`,
      `${base}.good.yaml and .bad.yaml: a case for each part of the expression (policypack/rules/README.md)`,
    ],
  };
}

const file = (area: string, name: string): string => `import { rule } from "../../engine/rule";

/** Containers keep their standard input closed. */
export const ${camel(name)} = rule({
  id: "${area}/${name}",
  severity: "low",
  title: "Containers keep their standard input closed",
  why: "Nobody types into a service; an open standard input is a place to attach to.",
  standards: { iso27002: ["8.9"] },
  levels: { baseline: "off", mijnbureau: "advisory", strict: "advisory" },
  scope: "suite",
  subject: "container",
  valid: "!container.?stdin.orValue(false)",
  message: "keeps its standard input open",
  field: "stdin",
  remedy: "Remove stdin.",
});
`;

const good = `# 0: closed
container: { stdin: false }
---
# 1: the default
container: {}
`;

const bad = `# 0: open
container: { stdin: true }
`;
