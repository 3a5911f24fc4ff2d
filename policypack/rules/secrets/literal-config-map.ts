import { rule } from "../../engine/rule";
import { givesAway, isSecret, isShort, KEY_IN_BASE64, recogniser } from "./_recogniser";

/** CEL: what stands under a key is a secret. */
const isOne = `(${isSecret("k", "object.data[k]")} || ${givesAway("object.data[k]")})`;
const isKey = `string(object.binaryData[k]).matches("^${KEY_IN_BASE64}")`;

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
  valid: `object.?data.orValue({}).all(k, !${isOne}) && object.?binaryData.orValue({}).all(k, !${isKey})`,
  detail: `(object.?data.orValue({}).filter(k, ${isOne}) + object.?binaryData.orValue({}).filter(k, ${isKey})).join(", ")`,
  withinCost: isShort("object.?data.orValue({}).map(k, k + object.data[k])"),
  message: "holds what is a secret by its key or content",
  field: "data",
  remedy: "Move the value to a Secret, which an ExternalSecret writes.",
});
