import { rule } from "../../engine/rule";

/** Images of the suite have pull policy Always. */
export const pullPolicyAlways = rule({
  id: "images/pull-policy-always",
  severity: "medium",
  title: "Images of the suite have pull policy Always",
  why: "MijnBureau asks for it without exception: a node's cache is shared by all apps, and access to a private image is checked only when it is pulled.",
  standards: {
    iso27002: ["8.3", "8.19"],
    mijnbureau: ["image.rego: not Always", "image.rego: missing"],
    checkov: ["CKV_K8S_15"],
    kyverno: ["imagepullpolicy-always"],
    kubeScore: ["container-image-pull-policy"],
    polaris: ["pullPolicyNotAlways"],
  },
  levels: { baseline: "advisory", mijnbureau: "mandatory", strict: "mandatory" },
  scope: "suite",
  subject: "container",
  valid: `container.?imagePullPolicy.orValue("") == "Always"`,
  message: "does not pull its image at every start",
  field: "imagePullPolicy",
  remedy: "Set imagePullPolicy: Always.",
  remediate: (container) => ({ ...container, imagePullPolicy: "Always" }),
});
