import { managedLabels } from "../../namespace/labels";
import type { Manifest } from "../../kubernetes-object";

/** ClusterSecretStores of the platform; each is open to namespaces of one role only. */
export const secretStore = { operator: "openbao", suite: "openbao-suite" } as const;

/** External Secrets puts it on what it writes (apis/externalsecrets/v1, LabelManaged). */
export const WRITTEN_LABEL = "reconcile.external-secrets.io/managed";

/** Names of Secrets that External Secrets draws values into, before it copies them into those of apps. */
export const DRAWN = { prefix: "platform-", suffix: "-drawn" } as const;
export const drawnSecret = (secret: string): string => `${DRAWN.prefix}${secret}${DRAWN.suffix}`;

/** ClusterIssuer of the platform's own certificate authority, for certificates inside the cluster. */
export const INTERNAL_ISSUER = "platform-internal";
/** Namespace and name of the Certificate of the authority behind it. */
export const ROOT_CERTIFICATE = "cert-manager/platform-root";

/** Where a value lives in the external store. */
export interface RemoteValue {
  readonly key: string;
  readonly property: string;
}

/** A Secret that pods read, with its declared producer. Nothing here holds a value. */
export type SecretSource =
  | {
      /** Copied from the external store by an ExternalSecret. */
      readonly from: "store";
      readonly namespace: string;
      readonly name: string;
      readonly values: Readonly<Record<string, RemoteValue>>;
      /** Keys of the Secret as templates over the names in `values`; absent: the names themselves are the keys. */
      readonly template?: Readonly<Record<string, string>>;
      readonly type?: string;
      readonly why: string;
    }
  | {
      /** Drawn once by Pulumi, kept encrypted in the state. */
      readonly from: "random";
      readonly namespace: string;
      readonly name: string;
      /** Key of the Secret -> number of characters. */
      readonly lengths: Readonly<Record<string, number>>;
      /** Keys that are no secret, e.g. a user name. */
      readonly literals?: Readonly<Record<string, string>>;
      /** Data is lost without it: the resource is protected and printed with instructions for escrow. */
      readonly escrow?: string;
      readonly why: string;
    }
  | {
      /** Issued by cert-manager. */
      readonly from: "certificate";
      readonly namespace: string;
      readonly name: string;
      readonly dnsNames: readonly string[];
      /** Adds `tls-combined.pem`: key and certificate in one file. */
      readonly combined?: boolean;
      readonly why: string;
    }
  | {
      /** Made or filled at run time by a controller that the chart brings. */
      readonly from: "controller";
      readonly namespace: string;
      readonly name: string;
      readonly keys: readonly string[];
      readonly by: string;
      readonly why: string;
    };

/** Keys that the Secret will have. */
export function secretKeys(source: SecretSource): string[] {
  switch (source.from) {
    case "store":
      return Object.keys(source.template ?? source.values);
    case "random":
      return [...Object.keys(source.lengths), ...Object.keys(source.literals ?? {})];
    case "certificate":
      return ["tls.crt", "tls.key", "ca.crt", ...(source.combined === true ? ["tls-combined.pem"] : [])];
    case "controller":
      return [...source.keys];
  }
}

/** The object that produces the Secret; none for what Pulumi or a controller makes. */
export function producer(source: SecretSource): Manifest | undefined {
  switch (source.from) {
    case "store":
      return externalSecret(source);
    case "certificate":
      return certificate(source);
    case "random":
    case "controller":
      return undefined;
  }
}

function externalSecret({
  namespace,
  name,
  values,
  template,
  type,
}: Extract<SecretSource, { from: "store" }>): Manifest {
  return copiedSecret({ namespace, name, store: secretStore.operator, values, template: { type, data: template } });
}

interface CopiedSecret {
  readonly namespace: string;
  readonly name: string;
  /** ClusterSecretStore that has the values. */
  readonly store: string;
  readonly values: Readonly<Record<string, RemoteValue>>;
  /** What the Secret is made of; fields that are not given are those of External Secrets. */
  readonly template?: Readonly<{
    type?: string | undefined;
    labels?: Readonly<Record<string, string>>;
    data?: Readonly<Record<string, string>> | undefined;
  }>;
}

/** An ExternalSecret that copies values of the external store into a Secret of its own name. */
export function copiedSecret({ namespace, name, store, values, template = {} }: CopiedSecret): Manifest {
  const { type, labels, data } = template;
  const made = {
    ...(type === undefined ? {} : { type }),
    ...(labels === undefined ? {} : { metadata: { labels } }),
    ...(data === undefined ? {} : { data }),
  };
  return {
    apiVersion: "external-secrets.io/v1",
    kind: "ExternalSecret",
    metadata: { name, namespace, labels: managedLabels },
    spec: {
      refreshPolicy: "Periodic",
      refreshInterval: "1h0m0s",
      secretStoreRef: { kind: "ClusterSecretStore", name: store },
      target: {
        name,
        creationPolicy: "Owner",
        // The pods keep working when the store or this object is gone.
        deletionPolicy: "Retain",
        ...(Object.keys(made).length === 0 ? {} : { template: { engineVersion: "v2", ...made } }),
      },
      data: Object.entries(values).map(([secretKey, { key, property }]) => ({
        secretKey,
        remoteRef: { key, property },
      })),
    },
  };
}

function certificate(source: Extract<SecretSource, { from: "certificate" }>): Manifest {
  return {
    apiVersion: "cert-manager.io/v1",
    kind: "Certificate",
    metadata: { name: source.name, namespace: source.namespace, labels: managedLabels },
    spec: {
      secretName: source.name,
      issuerRef: { group: "cert-manager.io", kind: "ClusterIssuer", name: INTERNAL_ISSUER },
      commonName: source.dnsNames[0] ?? source.name,
      dnsNames: [...source.dnsNames],
      duration: "2160h0m0s",
      renewBefore: "720h0m0s",
      privateKey: { algorithm: "ECDSA", size: 256, rotationPolicy: "Always" },
      usages: ["digital signature", "server auth"],
      ...(source.combined === true ? { additionalOutputFormats: [{ type: "CombinedPEM" }] } : {}),
    },
  };
}
