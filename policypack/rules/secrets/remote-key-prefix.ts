import { z } from "zod";
import { rule } from "../../engine/rule";

/** External secrets read only their own part of the store. */
export const remoteKeyPrefix = rule({
  id: "secrets/remote-key-prefix",
  severity: "medium",
  title: "External secrets read only their own part of the store",
  why: "One store credential reads for every namespace: without a prefix whoever may write an ExternalSecret in one namespace reads the secrets of all others.",
  standards: { cis: ["5.4.2"], iso27002: ["5.15", "8.3"], kyverno: ["add-external-secret-prefix"] },
  levels: { baseline: "off", mijnbureau: "advisory", strict: "advisory" },
  subject: "object",
  kinds: ["external-secrets.io/ExternalSecret"],
  parameters: z.strictObject({
    /** What the keys of a namespace may begin with. */
    prefixes: z.array(z.string().min(1)).min(1).default(["{namespace}/", "mijnbureau/", "platform/"]),
  }),
  valid: `object.spec.?data.orValue([]).all(d, params.prefixes.exists(p, d.remoteRef.key.startsWith(p.replace("{namespace}", object.metadata.?namespace.orValue("default"))))) &&
    object.spec.?dataFrom.orValue([]).all(d,
      (!d.?extract.hasValue() || params.prefixes.exists(p, d.extract.key.startsWith(p.replace("{namespace}", object.metadata.?namespace.orValue("default"))))) &&
      (!d.?find.hasValue() || params.prefixes.exists(p, d.find.?path.orValue("").startsWith(p.replace("{namespace}", object.metadata.?namespace.orValue("default"))))))`,
  message: "reads outside its part of the store",
  field: "spec.data",
  remedy:
    "Read keys below one of the prefixes, or set the parameter prefixes to how the store is laid out; {namespace} stands for the namespace.",
});
