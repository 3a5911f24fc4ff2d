import { rule } from "../../engine/rule";
import { floatingTags, pinned } from "./_reference";

/** Images are named by a fixed tag or a digest. */
export const fixedTag = rule({
  id: "images/fixed-tag",
  severity: "high",
  title: "Images are named by a fixed tag or a digest",
  why: "A tag that moves runs other content tomorrow than was tested and scanned today, and cannot be rolled back to.",
  standards: {
    iso27002: ["8.9", "8.19", "8.32"],
    mijnbureau: ["containers.rego: latest", "containers.rego: no tag"],
    checkov: ["CKV_K8S_14"],
    trivy: ["KSV-0013"],
    kyverno: ["disallow-latest-tag"],
    kubeScore: ["container-image-tag"],
    kubeLinter: ["latest-tag"],
    polaris: ["tagNotSpecified"],
    kubescape: ["C-0075"],
    gatekeeper: ["disallowedtags"],
  },
  levels: { baseline: "mandatory", mijnbureau: "mandatory", strict: "mandatory" },
  subject: "container",
  parameters: floatingTags,
  valid: pinned('container.?image.orValue("")'),
  message: "has an image without a fixed version",
  detail: `container.?image.orValue("")`,
  field: "image",
  remedy: "Name a version tag, or better a digest.",
});
