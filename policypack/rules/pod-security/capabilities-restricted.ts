import { rule } from "../../engine/rule";
import { dropAll } from "./_repair";

/** Pod Security Standards, restricted, "Capabilities" (check `capabilities_restricted`, from 1.22; Windows exempt from 1.25). Exactly "ALL" has to be dropped. */
export const capabilitiesRestricted = rule({
  id: "pod-security/capabilities-restricted",
  severity: "medium",
  title: "Containers drop all capabilities and add back NET_BIND_SERVICE at most",
  why: "The default set still allows raw sockets, changing file owners and leaving a chroot; almost no program needs it.",
  message: "keeps capabilities",
  remedy: 'Set securityContext.capabilities.drop to ["ALL"] and add only NET_BIND_SERVICE.',
  standards: {
    pss: "restricted",
    cis: ["5.2.8", "5.2.9"],
    nsa: true,
    iso27002: ["8.2", "8.9"],
    checkov: ["CKV_K8S_37"],
    trivy: ["KSV-0003", "KSV-0004", "KSV-0106"],
    kyverno: ["disallow-capabilities-strict", "require-drop-all"],
    polaris: ["insecureCapabilities"],
    gatekeeper: ["capabilities"],
  },
  levels: { baseline: "advisory", mijnbureau: "mandatory", strict: "mandatory" },
  podSecurity: "restricted",
  subject: "container",
  versions: [
    {
      since: "1.22",
      valid:
        "container.?securityContext.?capabilities.?drop.orValue([]).exists(c, c == 'ALL') && container.?securityContext.?capabilities.?add.orValue([]).all(c, c == 'NET_BIND_SERVICE')",
    },
    {
      since: "1.25",
      valid:
        "pod.spec.?os.?name.orValue('') == 'windows' || (container.?securityContext.?capabilities.?drop.orValue([]).exists(c, c == 'ALL') && container.?securityContext.?capabilities.?add.orValue([]).all(c, c == 'NET_BIND_SERVICE'))",
    },
  ],
  field: "securityContext.capabilities",
  remediate: dropAll,
});
