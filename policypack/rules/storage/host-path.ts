import { rule } from "../../engine/rule";
import { sensitivePath } from "../workload/_host-path";

/** PersistentVolumes do not hand out the node's own files. */
export const hostPath = rule({
  id: "storage/host-path",
  severity: "critical",
  title: "PersistentVolumes do not hand out the node's own files",
  why: "Pod Security allows every claim and does not look behind it: a volume on a path of the node gives a restricted pod what hostPath is refused for.",
  standards: { cis: ["5.1.9", "5.2.11"], nsa: true, iso27002: ["8.3", "8.22"] },
  levels: { baseline: "advisory", mijnbureau: "mandatory", strict: "mandatory" },
  scope: "cluster",
  subject: "object",
  kinds: ["PersistentVolume"],
  valid: `!object.?spec.?hostPath.hasValue() && !${sensitivePath(`object.?spec.?local.?path.orValue("none")`)}`,
  message: "hands out a path of the node",
  field: "spec",
  remedy: "Use a CSI driver, or a local volume on a disk of its own.",
  notAtAdmission: "Provisioners make volumes for the whole cluster, which is not the program's to judge.",
});
