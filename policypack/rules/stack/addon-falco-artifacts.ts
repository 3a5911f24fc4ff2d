import { asList, asString, at } from "../../../lib/json";
import { stackRule } from "../../engine/rule";
import type { StackIndex, StackObject } from "../../engine/stack";
import { commandOf, configMapsWith, containersOf, fileIn } from "./_addon";
import { parseYaml } from "../../engine/yaml-text";

const FILE = "falcoctl.yaml";
/** A full version or a digest; "falco-rules:5" is whatever is newest of 5. */
const PINNED = /(:v?\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?|@sha256:[0-9a-f]{64})$/;

function follows(namespace: string, stack: StackIndex): readonly StackObject[] {
  const here = stack.workloads().filter((workload) => workload.namespace === namespace);
  return here.filter((workload) =>
    containersOf(workload).some((container) => {
      const command = commandOf(container).join(" ");
      return /\bartifact\b/.test(command) && /\bfollow\b/.test(command);
    }),
  );
}

/** Falco's rules and plugins change with the stack only. */
export const addonFalcoArtifacts = stackRule({
  id: "stack/addon-falco-artifacts",
  severity: "medium",
  title: "Falco's rules and plugins change with the stack only",
  why: "Rules that renew themselves change what is noticed without anybody's review: a rule that goes, or one that drowns the others, comes with the next pull.",
  standards: { iso27002: ["8.16", "8.32", "5.21"] },
  levels: { baseline: "off", mijnbureau: "advisory", strict: "mandatory" },
  message: "takes rules or plugins that move",
  remedy:
    "Name artifacts by full version or digest in falcoctl.config.artifact.install.refs, and set falcoctl.artifact.follow.enabled: false.",
  select: (stack) => configMapsWith(stack, FILE),
  check: (map, stack) => {
    const refs = asList(at(parseYaml(fileIn(map, FILE) ?? ""), "artifact", "install", "refs"));
    const moving = refs.map((ref) => asString(ref) ?? "").filter((ref) => !PINNED.test(ref));
    return [
      ...moving.map((ref) => ({ message: `installs ${ref}, which names no full version`, field: `data["${FILE}"]` })),
      ...follows(map.namespace, stack).map(({ shown }) => ({
        message: `is for ${shown.name}, which renews its artifacts while it runs`,
      })),
    ];
  },
});
