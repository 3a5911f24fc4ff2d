import { rule } from "../../engine/rule";

/** Projected tokens name their audience. */
export const tokenAudience = rule({
  id: "identity/token-audience",
  severity: "low",
  title: "Projected tokens name their audience",
  why: "A token for another party that carries no audience of its own is valid at the API server: the other party can use it there.",
  standards: { iso27002: ["5.17", "8.5"] },
  levels: { baseline: "off", mijnbureau: "advisory", strict: "advisory" },
  subject: "pod",
  // Volumes that hold nothing else but the usual three files are the API server's own way of mounting its token.
  valid: `pod.spec.?volumes.orValue([]).all(v,
  v.?projected.?sources.orValue([]).exists(s, s.?configMap.?name.orValue("") == "kube-root-ca.crt") ||
  v.?projected.?sources.orValue([]).all(s, !s.?serviceAccountToken.hasValue() || s.serviceAccountToken.?audience.orValue("") != ""))`,
  message: "mounts a token for no audience in particular",
  field: "spec.volumes",
  remedy: "Set audience to the party that will check the token.",
});
