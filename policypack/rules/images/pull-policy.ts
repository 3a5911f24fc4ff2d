import { rule } from "../../engine/rule";
import { byDigest } from "./_reference";

/** Images are checked with their registry at every start. */
export const pullPolicy = rule({
  id: "images/pull-policy",
  severity: "medium",
  title: "Images are checked with their registry at every start",
  why: "Without the check a pod runs whatever carries the tag in the node's cache, and uses a private image that another tenant pulled without having the credentials for it. A digest fixes the content already.",
  standards: {
    iso27002: ["8.3", "8.19"],
    checkov: ["CKV_K8S_15"],
    kyverno: ["imagepullpolicy-always"],
    kubeScore: ["container-image-pull-policy"],
    polaris: ["pullPolicyNotAlways"],
  },
  levels: { baseline: "advisory", mijnbureau: "advisory", strict: "mandatory" },
  subject: "container",
  valid: `container.?imagePullPolicy.orValue("") == "Always" || ${byDigest('container.?image.orValue("")')}`,
  message: "may run an image from the node's cache",
  field: "imagePullPolicy",
  remedy: "Set imagePullPolicy: Always, or name the image by digest.",
  remediate: (container) => ({ ...container, imagePullPolicy: "Always" }),
});
