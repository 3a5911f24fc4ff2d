import { rule } from "../../engine/rule";
import { givesAway, isSecret, KEY_IN_BASE64, recogniser } from "./_recogniser";

/** ConfigMaps hold no secrets. Of binary data, which admission cannot decode, private keys are known. */
export const literalConfigMap = rule({
  id: "secrets/literal-config-map",
  severity: "high",
  title: "ConfigMaps hold no secrets",
  why: "ConfigMaps are not encrypted at rest, and many roles may read them.",
  standards: {
    cis: ["5.4.1"],
    nsa: true,
    iso27002: ["8.24", "5.17"],
    polaris: ["sensitiveConfigmapContent"],
    trivy: ["KSV-0109", "KSV-01010"],
    kubescape: ["C-0012"],
  },
  levels: { baseline: "advisory", mijnbureau: "advisory", strict: "mandatory" },
  subject: "object",
  kinds: ["ConfigMap"],
  parameters: recogniser,
  valid: `object.?data.orValue({}).all(k,
    !(${isSecret("k", "object.data[k]")} || ${givesAway("object.data[k]")})) &&
  object.?binaryData.orValue({}).all(k, !string(object.binaryData[k]).matches("^${KEY_IN_BASE64}"))`,
  message: "holds what is a secret by its key or content",
  field: "data",
  remedy: "Move the value to a Secret, which an ExternalSecret writes.",
});
