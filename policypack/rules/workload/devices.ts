import { rule } from "../../engine/rule";
import { allowedDevices, ofContainer, ordinary } from "./_devices";

/** Containers ask for no devices and huge pages. */
export const devices = rule({
  id: "workload/devices",
  severity: "medium",
  title: "Containers ask for no devices and huge pages that the stack does not give them",
  why: "Graphics cards and huge pages are few, and no quota counts a resource whose name it does not hold: one app takes them from all others.",
  standards: { iso27002: ["8.6"] },
  levels: { baseline: "advisory", mijnbureau: "mandatory", strict: "mandatory" },
  subject: "container",
  containers: ["containers", "initContainers"],
  parameters: allowedDevices,
  valid: ordinary("container.?resources", ofContainer),
  message: "asks for devices or huge pages that are not allowed here",
  field: "resources",
  remedy: "Remove them, or give them to the app with `apps.<app>.size.devices` of the stack.",
});
