import type { NamespaceRole } from "../../lib/labels";
import type { Manifest } from "../kubernetes-object";
import { copiedSecret, secretStore } from "../operators/frame/secrets";

export interface PullSecret {
  readonly name: string;
  /** Key in the external store; its property `.dockerconfigjson` holds Docker's configuration. */
  readonly remoteKey: string;
}

/** The registry credentials of one namespace, copied from the external store. */
export function pullSecret(namespace: string, role: NamespaceRole, { name, remoteKey }: PullSecret): Manifest {
  const property = ".dockerconfigjson";
  return copiedSecret({
    namespace,
    name,
    store: secretStore[role],
    values: { config: { key: remoteKey, property } },
    template: { type: "kubernetes.io/dockerconfigjson", data: { [property]: "{{ .config }}" } },
  });
}
