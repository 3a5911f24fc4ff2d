import { parseQuantity } from "../../lib/quantity";
import { minorOf } from "./facts";
import type { Measured, Seen } from "./measure";

/** What a stack counts on of its cluster. */
export interface Counted {
  /** Class of the suite's volumes; `driver` where the stack makes the class and the driver has to be there. */
  readonly storage: { readonly name: string; readonly driver?: string };
  /** Volumes are backed up by snapshots. */
  readonly snapshots: boolean;
  readonly edge: { readonly kind: "IngressClass" | "GatewayClass"; readonly name: string };
  readonly issuer: string | undefined;
  /** `<namespace>/<name>` of the secret store's Service; undefined where it is outside the cluster. */
  readonly secretStore: string | undefined;
  /** What the suite's quotas ask for, in cores and bytes. */
  readonly requests: { readonly cpu: number; readonly memory: number };
}

/** The answer to one question. */
export interface Check {
  readonly check: string;
  readonly answer: "yes" | "no" | "not visible";
  readonly detail: string;
  /** What to do, or who can see it. */
  readonly remedy?: string;
}

/** Old kubelets that an API server still works with (Kubernetes, "Version Skew Policy"). */
const SKEW = 3;

/** Everything that the stack counts on and does not bring, each with one of three answers. */
export function checksOf(counted: Counted, measured: Measured): Check[] {
  return [
    versionSkew(measured),
    encryption(measured),
    storageClass(counted, measured),
    ...(counted.snapshots ? [snapshotClass(counted, measured)] : []),
    edgeClass(counted, measured),
    loadBalancer(measured),
    issuer(counted, measured),
    secretStore(counted, measured),
    capacity(counted, measured),
  ];
}

const yes = (check: string, detail: string): Check => ({ check, answer: "yes", detail });
const no = (check: string, detail: string, remedy: string): Check => ({ check, answer: "no", detail, remedy });
const hidden = (check: string, detail: string, who: string): Check => ({
  check,
  answer: "not visible",
  detail,
  remedy: who,
});

const ADMINISTRATOR = "Whoever has cluster-wide read access can see it; use a kubeconfig that has";

/** The value, or the answer where there is none. */
function asked<T>(check: string, value: Seen<T>, absent: Check, read: (seen: T) => Check): Check {
  if (value === "hidden") return hidden(check, "these credentials may not see it", ADMINISTRATOR);
  return value === "absent" ? absent : read(value.seen);
}

function versionSkew({ server, nodes }: Measured): Check {
  const check = "version skew";
  const unknown = hidden(check, "the API server does not say its version", ADMINISTRATOR);
  return asked(check, server, unknown, (version) =>
    asked(check, nodes, unknown, (all) => {
      const behind = (kubelet: string): number => minorOf(version) - minorOf(kubelet);
      const silent = all.filter(({ kubelet }) => kubelet === "").map(({ name }) => name);
      if (silent.length > 0) {
        return hidden(
          check,
          `kubelets have not reported yet: ${silent.join(", ")}`,
          "Wait until these nodes are ready",
        );
      }
      const wrong = all.filter(({ kubelet }) => behind(kubelet) < 0 || behind(kubelet) > SKEW);
      if (wrong.length === 0) return yes(check, `${all.length} nodes within ${SKEW} minors of ${version}`);
      const names = wrong.map(({ name, kubelet }) => `${name} ${kubelet}`).join(", ");
      return no(check, `${names} beside API server ${version}`, "Upgrade these nodes, or the API server first");
    }),
  );
}

function encryption({ encrypted }: Measured): Check {
  const check = "Secrets encrypted at rest";
  const nobody = hidden(check, "the API server shows no metrics", "Ask who runs the control plane");
  return asked(check, encrypted, nobody, (seen) =>
    seen
      ? yes(check, "apiserver_storage_transformation_operations_total counts an encrypting provider")
      : no(
          check,
          "the API server has written nothing through an encrypting provider",
          'Give it an EncryptionConfiguration for secrets, then write every Secret anew (Kubernetes, "Encrypting Confidential Data at Rest")',
        ),
  );
}

function storageClass({ storage }: Counted, { storageClasses, csiDrivers }: Measured): Check {
  const check = "StorageClass";
  if (storage.driver !== undefined) {
    const { driver } = storage;
    const missing = no(
      check,
      `CSI driver ${driver} is not installed`,
      "Install the driver of operators.storage.class first",
    );
    return asked(check, csiDrivers, missing, (drivers) =>
      drivers.includes(driver) ? yes(check, `${storage.name} is made by the stack, by driver ${driver}`) : missing,
    );
  }
  const missing = no(
    check,
    `there is no StorageClass ${storage.name}`,
    "Make it, encrypted and as the default, or have the stack make it: operators.storage.class",
  );
  return asked(check, storageClasses, missing, (all) => {
    const found = all.find(({ name }) => name === storage.name);
    if (found === undefined) return missing;
    if (found.isDefault) return yes(check, `${found.name}, the default, by ${found.provisioner}`);
    return no(
      check,
      `${found.name} is not the default class`,
      "Annotate it, or volumes that name no class land elsewhere",
    );
  });
}

function snapshotClass({ storage }: Counted, { storageClasses, snapshotDrivers }: Measured): Check {
  const check = "VolumeSnapshotClass";
  const own = typeof storageClasses === "string" ? [] : storageClasses.seen;
  const driver = storage.driver ?? own.find(({ name }) => name === storage.name)?.provisioner;
  const remedy = "Make one for the driver, or set operators.velero.snapshotClass and have the stack make it";
  if (driver === undefined) return hidden(check, "the StorageClass does not show its driver", ADMINISTRATOR);
  const missing = no(check, `no VolumeSnapshotClass of driver ${driver}`, remedy);
  return asked(check, snapshotDrivers, missing, (drivers) =>
    drivers.includes(driver) ? yes(check, `driver ${driver} has one`) : missing,
  );
}

function edgeClass({ edge }: Counted, { ingressClasses, gatewayClasses }: Measured): Check {
  const check = "ingress controller";
  const missing = no(
    check,
    `there is no ${edge.kind} ${edge.name}`,
    "Install the controller with its CustomResourceDefinitions, or correct edge.className",
  );
  const classes = edge.kind === "IngressClass" ? ingressClasses : gatewayClasses;
  return asked(check, classes, missing, (all) =>
    all.includes(edge.name) ? yes(check, `${edge.kind} ${edge.name}`) : missing,
  );
}

function loadBalancer({ loadBalancers }: Measured): Check {
  const check = "load balancer";
  const untried = hidden(
    check,
    "no Service asks for one yet",
    "Who runs the cluster's network can say; the ingress controller's Service shows it",
  );
  return asked(check, loadBalancers, untried, (all) => {
    const pending = all.filter(({ served }) => !served).map(({ name }) => name);
    if (all.length === 0) return untried;
    if (pending.length === 0) return yes(check, `${all.length} Services have an address`);
    return no(
      check,
      `${pending.join(", ")} waits for an address`,
      "Give the cluster a load balancer, of its cloud or such as MetalLB",
    );
  });
}

function issuer({ issuer: name }: Counted, { issuers }: Measured): Check {
  const check = "public issuer";
  if (name === undefined) {
    return no(
      check,
      "edge.clusterIssuer is not set",
      "Name a ClusterIssuer, or the public routes have no certificates",
    );
  }
  const missing = no(
    check,
    `there is no ClusterIssuer ${name}`,
    "Make it once cert-manager runs, or have the stack make platform-acme: operators.cert-manager.acme",
  );
  return asked(check, issuers, missing, (all) => {
    const ready = all.get(name);
    if (ready === undefined) return missing;
    return ready
      ? yes(check, `ClusterIssuer ${name} is ready`)
      : no(check, `ClusterIssuer ${name} is not ready`, `kubectl describe clusterissuer ${name}`);
  });
}

function secretStore({ secretStore: place }: Counted, { services }: Measured): Check {
  const check = "secret store";
  if (place === undefined) {
    return hidden(
      check,
      "it is outside the cluster",
      "Who runs it can say whether the cluster's pods reach it and may log in",
    );
  }
  const missing = no(
    check,
    `there is no Service ${place}`,
    "Install OpenBao there, or name the one you have: operators.external-secrets.openbao.server",
  );
  return asked(check, services, missing, (all) => (all.has(place) ? yes(check, `Service ${place}`) : missing));
}

function capacity({ requests }: Counted, { nodes }: Measured): Check {
  const check = "capacity";
  const none = hidden(check, "the nodes are not visible", ADMINISTRATOR);
  return asked(check, nodes, none, (all) => {
    const workers = all.filter(({ worker }) => worker);
    const sum = (read: (node: (typeof workers)[number]) => string): number =>
      workers.reduce((total, node) => total + (parseQuantity(read(node))?.asApproximateFloat() ?? 0), 0);
    const [cpu, memory] = [sum((node) => node.cpu), sum((node) => node.memory)];
    const text = `${workers.length} nodes with ${cores(cpu)} cores and ${gibibytes(memory)} Gi; the suite's quotas ask for ${cores(requests.cpu)} and ${gibibytes(requests.memory)}`;
    if (cpu >= requests.cpu && memory >= requests.memory) return yes(check, text);
    return no(check, text, "Add nodes, switch apps off, or lower apps.<app>.size");
  });
}

const cores = (amount: number): string => amount.toFixed(0);
const gibibytes = (amount: number): string => (amount / 2 ** 30).toFixed(0);
