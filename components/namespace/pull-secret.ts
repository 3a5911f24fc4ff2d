import type { NamespaceRole } from "../../lib/labels";
import type { Manifest } from "../kubernetes-object";
import { secretStore } from "../operators/frame/secrets";
import { managedLabels } from "./labels";

export interface PullSecret {
  readonly name: string;
  /** Key in the external store; its property `.dockerconfigjson` holds Docker's configuration. */
  readonly remoteKey: string;
}

/** The registry credentials of one namespace, copied from the external store. */
export function pullSecret(namespace: string, role: NamespaceRole, { name, remoteKey }: PullSecret): Manifest {
  const key = ".dockerconfigjson";
  return {
    apiVersion: "external-secrets.io/v1",
    kind: "ExternalSecret",
    metadata: { name, namespace, labels: managedLabels },
    spec: {
      refreshPolicy: "Periodic",
      refreshInterval: "1h0m0s",
      secretStoreRef: { kind: "ClusterSecretStore", name: secretStore[role] },
      target: {
        name,
        creationPolicy: "Owner",
        deletionPolicy: "Retain",
        template: { engineVersion: "v2", type: "kubernetes.io/dockerconfigjson", data: { [key]: "{{ .config }}" } },
      },
      data: [{ secretKey: "config", remoteRef: { key: remoteKey, property: key } }],
    },
  };
}
