import { rule } from "../../engine/rule";
import { retired } from "./_reference";

/** Images do not come from retired registries. */
export const retiredRegistry = rule({
  id: "images/retired-registry",
  severity: "medium",
  title: "Images do not come from retired registries",
  why: "A frozen registry has no fixes, and can be switched off while a node still needs the image.",
  standards: { iso27002: ["8.8", "8.19"], kyverno: ["restrict-deprecated-registry"], kubescape: ["C-0253"] },
  levels: { baseline: "mandatory", mijnbureau: "mandatory", strict: "mandatory" },
  subject: "container",
  parameters: retired,
  valid: '!params.retired.exists(registry, container.?image.orValue("").startsWith(registry))',
  message: "has an image from a retired registry",
  detail: `container.?image.orValue("")`,
  field: "image",
  remedy: "Use the successor, registry.k8s.io for k8s.gcr.io.",
});
