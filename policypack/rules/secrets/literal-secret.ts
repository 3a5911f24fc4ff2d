import { rule } from "../../engine/rule";

/** What is encrypted, and what is filled in before the Secret is made: by Argo CD's Vault plugin, vals, envsubst. */
const FILLED_IN =
  "^(ENC\\[.*|<[^<>]{1,256}>|[$][{][^{}]{1,256}[}]|[$][A-Z_][A-Z0-9_]*|ref[+][a-z]{1,16}://.*|vault:.*|op://.*)?$";

/** Secrets come from the secret store, not from manifests. */
export const literalSecret = rule({
  id: "secrets/literal-secret",
  severity: "medium",
  title: "Secrets come from the secret store, not from manifests",
  why: "What stands in a manifest stands in Git, in the state of the stack and in every log of a render; base64 hides nothing.",
  standards: { cis: ["5.4.2"], nsa: true, iso27002: ["8.24", "5.17"] },
  levels: { baseline: "off", mijnbureau: "advisory", strict: "mandatory" },
  subject: "object",
  kinds: ["Secret"],
  // SOPS leaves the object readable and encrypts its values (SOPS, "Encrypting only parts of a file").
  valid: `(object.?data.orValue({}).all(k, object.data[k].matches("^(ENC\\\\[.*)?$")) &&
      object.?stringData.orValue({}).all(k, object.stringData[k].matches(${JSON.stringify(FILLED_IN)}))) ||
    object.metadata.?labels.orValue({}).exists(l, l == "reconcile.external-secrets.io/managed") ||
    object.?type.orValue("").startsWith("helm.sh/") || object.?type.orValue("") == "kubernetes.io/service-account-token"`,
  message: "holds its value in the manifest",
  field: "data",
  remedy: "Write an ExternalSecret that copies the value from the store, or a generator that makes it in the cluster.",
  notAtAdmission: "controllers write Secrets there too, and nothing tells these from Secrets of a manifest",
});
