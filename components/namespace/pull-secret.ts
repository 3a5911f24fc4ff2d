import type { PullSecret } from "../../config/images";
import type { NamespaceRole } from "../../lib/labels";
import type { Manifest } from "../kubernetes-object";
import { copiedSecret, secretStore } from "../operators/frame/secrets";

/** Property in the external store that holds Docker's configuration, and key of the Secret. */
const property = ".dockerconfigjson";

/** The registry credentials of one namespace, copied from the external store. */
export function pullSecret(namespace: string, role: NamespaceRole, { name, remoteKeys }: PullSecret): Manifest {
  const parts = remoteKeys.map((key, index) => [remoteKeys.length === 1 ? "config" : `config${index}`, key] as const);
  return copiedSecret({
    namespace,
    name,
    store: secretStore[role],
    values: Object.fromEntries(parts.map(([part, key]) => [part, { key, property }])),
    template: { type: "kubernetes.io/dockerconfigjson", data: { [property]: merged(parts.map(([part]) => part)) } },
  });
}

/** Docker's configurations as one, in the functions of External Secrets' templates (sprig). */
function merged(parts: readonly string[]): string {
  const [first = "", ...rest] = parts;
  if (rest.length === 0) return `{{ .${first} }}`;
  const logins = parts.map((part) => `(.${part} | fromJson).auths`).join(" ");
  return `{{ dict "auths" (mergeOverwrite (dict) ${logins}) | toJson }}`;
}
