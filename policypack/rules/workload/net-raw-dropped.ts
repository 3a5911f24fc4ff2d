import { rule } from "../../engine/rule";
import { notWindows } from "./_windows";

/** Containers drop NET_RAW. */
export const netRawDropped = rule({
  id: "workload/net-raw-dropped",
  severity: "medium",
  title: "Containers drop NET_RAW",
  why: "The container runtime grants NET_RAW by default; with it a pod forges packets on the node's network, such as ARP and DNS replies for its neighbours.",
  standards: {
    cis: ["5.2.8"],
    nsa: true,
    iso27002: ["8.20", "8.27"],
    checkov: ["CKV_K8S_28"],
    trivy: ["KSV-0119"],
    kyverno: ["require-drop-cap-net-raw"],
    kubeLinter: ["drop-net-raw-capability"],
  },
  levels: { baseline: "advisory", mijnbureau: "advisory", strict: "mandatory" },
  subject: "container",
  when: notWindows,
  // Runtimes accept any case and an optional CAP_ prefix, so this rule does too; Pod Security's own control is exact and is a separate rule.
  // What is dropped by its name stays dropped; what is added beside ALL is there.
  valid: `container.?securityContext.?capabilities.?drop.orValue([]).exists(c, c.upperAscii() in ["NET_RAW", "CAP_NET_RAW"]) ||
    (container.?securityContext.?capabilities.?drop.orValue([]).exists(c, c.upperAscii() == "ALL") &&
      container.?securityContext.?capabilities.?add.orValue([]).all(c, !(c.upperAscii() in ["NET_RAW", "CAP_NET_RAW"])))`,
  message: "keeps the NET_RAW capability",
  remedy: 'Set securityContext.capabilities.drop to ["ALL"].',
});
