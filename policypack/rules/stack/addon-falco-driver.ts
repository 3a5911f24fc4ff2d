import { z } from "zod";
import { asObjects, asString, at } from "../../../lib/json";
import { stackRule } from "../../engine/rule";
import type { StackIndex, StackObject } from "../../engine/stack";
import { commandOf, configMapsWith, containersOf, fileIn } from "./_addon";
import { parseYaml } from "../../engine/yaml-text";

const FILE = "falco.yaml";
const parameters = z.strictObject({
  /** `nodriver` is a Falco that reads the audit log only. */
  kinds: z.array(z.string().min(1)).default(["modern_ebpf", "nodriver"]),
});

/** Whether the Falco that reads this file is told to leave system calls alone (it reads an audit log then). */
function needsNoDriver(map: StackObject, stack: StackIndex): boolean {
  const mounts = (workload: StackObject): boolean =>
    asObjects(at(workload.pod?.pod, "spec", "volumes")).some(
      (volume) => asString(at(volume, "configMap", "name")) === map.name,
    );
  return stack
    .workloads()
    .filter((workload) => workload.namespace === map.namespace && mounts(workload))
    .some((workload) =>
      containersOf(workload).some((container) => /--disable-source[ =]syscall\b/.test(commandOf(container).join(" "))),
    );
}

/** Falco loads nothing into the kernel but its own verified program (falco.org, Kernel events). */
export const addonFalcoDriver = stackRule({
  id: "stack/addon-falco-driver",
  severity: "medium",
  title: "Falco uses the modern eBPF driver",
  why: "A kernel module is built on or fetched to each node and runs with every right of the kernel; the old probe needs the same and is deprecated. The modern one is part of Falco's image.",
  standards: { iso27002: ["8.16", "8.19"] },
  levels: { baseline: "off", mijnbureau: "advisory", strict: "mandatory" },
  parameters,
  message: "does not choose the modern eBPF driver",
  remedy: "Set driver.kind: modern_ebpf in the values of Falco.",
  select: (stack) => configMapsWith(stack, FILE),
  check: (map, stack, params) => {
    const { kinds } = parameters.parse(params);
    const kind = asString(at(parseYaml(fileIn(map, FILE) ?? ""), "engine", "kind"));
    if (kind !== undefined && kinds.includes(kind)) return [];
    if (kind === undefined && needsNoDriver(map, stack)) return [];
    return [{ message: `chooses the driver ${kind ?? "that Falco takes by itself"}`, field: `data["${FILE}"]` }];
  },
});
