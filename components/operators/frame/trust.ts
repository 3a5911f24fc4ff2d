import type { Manifest } from "../../kubernetes-object";
import { managedLabels } from "../../namespace/labels";
import type { Facts } from "./facts";
import type { JsonObject } from "./manifest";
import { mergeObject } from "./normalise";
import { podPathOf } from "./overlay";

const NAME = "platform-trust";
const FOLDER = "/etc/platform-trust";

type Fields = Readonly<Record<string, unknown>>;

/** The bundle of private authorities, in a namespace of an operator. */
export function trustBundle({ trust }: Pick<Facts, "trust">, namespace: string): Manifest[] {
  if (trust === undefined) return [];
  return [
    {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: NAME, namespace, labels: managedLabels },
      data: { "ca.crt": trust },
    },
  ];
}

/**
 * A workload whose containers trust the private authorities besides those of their images: programs in Go, which all of
 * these are, read every file of this folder in addition to the system's bundle (crypto/x509, root_unix.go). The same object
 * where it has no pods.
 */
export function trusting<Props extends Fields>(props: Props, kind: string, { trust }: Pick<Facts, "trust">): Props {
  const path = podPathOf(kind);
  if (trust === undefined || path === undefined) return props;
  const pod = path.reduce<Fields>((inner, key) => fieldsOf(inner[key]), fieldsOf(props["spec"]));
  const main = MAIN[kind];
  const containers = main === undefined ? named(pod["containers"]) : [main];
  const changed: JsonObject = {
    volumes: [{ name: NAME, configMap: { name: NAME } }],
    containers: containers.map(container),
    ...(named(pod["initContainers"]).length === 0
      ? {}
      : { initContainers: named(pod["initContainers"]).map(container) }),
  };
  const spec = path.reduceRight<JsonObject>((inner, key) => ({ [key]: inner }), changed);
  return { ...props, ...mergeObject(props, { spec }) };
}

/**
 * The same for pods that an operator makes at run time, where it can be told of a volume and of no variable: without one,
 * programs in Go read this folder as well (crypto/x509, root_linux.go); the system's bundle is in another.
 */
export const systemTrust = {
  volume: { name: NAME, configMap: { name: NAME } },
  mount: { name: NAME, mountPath: "/etc/pki/tls/certs", readOnly: true },
} as const;

/** The container of Prometheus' kinds, which their operator makes. */
const MAIN: Readonly<Record<string, string>> = { Prometheus: "prometheus", Alertmanager: "alertmanager" };

const container = (name: string): JsonObject => ({
  name,
  env: [{ name: "SSL_CERT_DIR", value: FOLDER }],
  volumeMounts: [{ name: NAME, mountPath: FOLDER, readOnly: true }],
});

function named(list: unknown): string[] {
  if (!Array.isArray(list)) return [];
  return list.flatMap((each: unknown) => {
    const { name } = fieldsOf(each);
    return typeof name === "string" ? [name] : [];
  });
}

const fieldsOf = (value: unknown): Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : {};
