import { z } from "zod";
import { rule } from "../../engine/rule";

/** ConfigMaps hold no secrets. */
export const literalConfigMap = rule({
  id: "secrets/literal-config-map",
  severity: "high",
  title: "ConfigMaps hold no secrets",
  why: "ConfigMaps are not encrypted at rest, and many roles may read them.",
  standards: {
    cis: ["5.4.1"],
    nsa: true,
    bio: ["8.24", "5.17"],
    polaris: ["sensitiveConfigmapContent"],
    trivy: ["KSV-0109", "KSV-01010"],
    kubescape: ["C-0012"],
  },
  levels: { baseline: "advisory", mijnbureau: "advisory", strict: "mandatory" },
  subject: "object",
  kinds: ["ConfigMap"],
  parameters: z.strictObject({
    names: z
      .string()
      .default(
        "(^|_)(password|passwd|passphrase|secret|secret_key|token|api_?key|access_?key|private_?key|client_?secret|credentials?)$",
      ),
  }),
  valid: `object.?data.orValue({}).all(k,
      (!k.lowerAscii().matches(params.names) || object.data[k] == "" || object.data[k].matches("^(/.*|true|false|[0-9]{1,4})$")) &&
      !object.data[k].matches("-----BEGIN ([A-Z]+ )?PRIVATE KEY-----"))`,
  message: "holds what is a secret by its key or content",
  field: "data",
  remedy: "Move the value to a Secret, which an ExternalSecret writes.",
});
