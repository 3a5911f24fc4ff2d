import { rule } from "../../engine/rule";
import { byDigest } from "./_reference";

/** Images are named by digest. */
export const digest = rule({
  id: "images/digest",
  severity: "low",
  title: "Images are named by digest",
  why: "Only a digest names content; whoever may push to the registry can move a tag.",
  standards: {
    iso27002: ["8.9", "8.19", "8.32"],
    checkov: ["CKV_K8S_43"],
    kyverno: ["require-image-checksum"],
    gatekeeper: ["imagedigests"],
    kubescape: ["C-0306"],
  },
  levels: { baseline: "off", mijnbureau: "advisory", strict: "mandatory" },
  subject: "container",
  valid: byDigest('container.?image.orValue("")'),
  message: "has an image that is not named by digest",
  detail: `container.?image.orValue("")`,
  field: "image",
  remedy: "Append @sha256:<digest>; the registry or `crane digest` gives it.",
});
