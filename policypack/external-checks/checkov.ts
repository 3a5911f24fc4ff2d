import { range, reason } from "./types";
import type { ToolChecks } from "./types";

const numbered = (...numbers: readonly number[]): readonly string[] => numbers.map((number) => `CKV_K8S_${number}`);

/** Framework kubernetes. Numbers that Checkov never gave out are left out. */
export const checkov: ToolChecks = {
  version: "3.3.30",
  judged: [
    ...numbered(...range(8, 28), 31, 34, 35, ...range(37, 43), 49, ...range(152, 158)),
    ...range(1, 6).map((number) => `CKV2_K8S_${number}`),
  ],
  groups: [
    {
      reason: "PodSecurityPolicy was removed in Kubernetes 1.25; a manifest with one is refused as a removed API",
      checks: numbered(1, 2, 3, 4, 5, 6, 7, 32, 36),
      rules: ["availability/removed-api"],
    },
    {
      reason: reason.securityContext,
      checks: numbered(29, 30),
      rules: ["pod-security/run-as-non-root", "pod-security/capabilities-restricted"],
    },
    {
      reason: reason.controlPlane,
      checks: numbered(
        ...range(68, 75),
        ...range(77, 86),
        ...range(88, 97),
        99,
        100,
        102,
        ...range(104, 108),
        ...range(110, 119),
        121,
        ...range(138, 141),
        ...range(143, 149),
        151,
      ),
    },
    {
      reason:
        "Tiller was the server of Helm 2, without support since 2020: its image is reported, and what serves it or how it is started no longer matters then",
      checks: numbered(44, 45),
      rules: ["images/abandoned-image"],
    },
    {
      reason:
        "the Kubernetes dashboard is archived: its image is reported, whatever the labels of its pods, and its binding is a binding to cluster-admin",
      checks: numbered(33),
      rules: ["images/abandoned-image", "identity/cluster-admin-binding"],
    },
    {
      reason:
        "one defect of one program (git-sync), not of Kubernetes; its image comes from a registry that is not allowed",
      checks: numbered(159),
      rules: ["images/allowed-registry"],
    },
  ],
  // Checkov's own tests call its graph checks by their folder.
  aliases: {
    "graph:RoleBindingPE": "CKV2_K8S_1",
    "graph:NoCreateNodesProxyOrPodsExec": "CKV2_K8S_2",
    "graph:ImpersonatePermissions": "CKV2_K8S_3",
    "graph:ModifyServicesStatus": "CKV2_K8S_4",
    "graph:ReadAllSecrets": "CKV2_K8S_5",
  },
};
