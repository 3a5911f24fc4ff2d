import { rule } from "../../engine/rule";
import { allowedDevices, ofPod, ordinary } from "./_devices";

/** Pods as a whole claim no devices and huge pages. */
export const deviceClaims = rule({
  id: "workload/device-claims",
  severity: "medium",
  title: "Pods claim no devices and huge pages that the stack does not give them",
  why: "What a pod gets by a claim (KEP-4381) or as a whole (KEP-2837) is as scarce as what a container asks for, and no quota counts it.",
  standards: { iso27002: ["8.6"] },
  levels: { baseline: "advisory", mijnbureau: "mandatory", strict: "mandatory" },
  subject: "pod",
  parameters: allowedDevices,
  valid: `pod.spec.?resourceClaims.orValue([]).size() == 0 &&\n${ordinary("pod.spec.?resources", ofPod)}`,
  message: "claims devices or huge pages that are not allowed here",
  field: "spec",
  remedy: "Remove them, or give the app's containers devices with `apps.<app>.size.devices` of the stack.",
});
