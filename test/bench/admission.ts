import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stackConfig } from "../../components/stack-file";
import type { ClusterFacts } from "../../components/cluster/facts";
import { managedLabels, namespaceLabels } from "../../components/namespace/labels";
import { DEPLOYER } from "../../components/namespace/rbac";
import { planPlatform } from "../../components/plan";
import { clusterReset, clusterUp } from "../../embedded/cluster";
import { isKubeObject, KubeClient, refOf, type KubeObject } from "../../lib/kube/client";
import { COMPONENTS } from "../../embedded/cluster/components";
import { sleep } from "../../embedded/cluster/files";
import { ensureTools } from "../../embedded/toolchain";
import { median } from "./measure";

const CREATIONS = 200;
/** Without, with, and without again: what else the machine does falls on both. */
const ROUNDS = 2;

const cluster: ClusterFacts = {
  version: "v1.36.0",
  customResources: new Map(),
  apiServices: new Map(),
  namespaces: new Map(),
  nodes: [],
  daemonSets: [],
  admissionResources: ["mutatingadmissionpolicies", "mutatingadmissionpolicybindings"],
};

/** What MijnBureau makes most of, as its charts make it, in a namespace of the suite. */
const samples: Readonly<Record<string, (name: string, namespace: string, host: string) => KubeObject>> = {
  Pod: (name, namespace) => ({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, namespace, labels: { app: "sample", "app.kubernetes.io/name": "sample" } },
    spec: {
      automountServiceAccountToken: false,
      serviceAccountName: "sample",
      // Never placed: what nodes and controllers write about a pod would be measured too.
      schedulingGates: [{ name: "bench.example/never" }],
      securityContext: { runAsNonRoot: true, runAsUser: 1001, seccompProfile: { type: "RuntimeDefault" } },
      containers: ["main", "side"].map((container) => ({
        name: container,
        image: "quay.io/keycloak/keycloak:26.3.3",
        imagePullPolicy: "Always",
        env: Array.from({ length: 20 }, (_, index) => ({ name: `VARIABLE_${String(index)}`, value: String(index) })),
        resources: { requests: { cpu: "10m", memory: "16Mi" }, limits: { cpu: "100m", memory: "64Mi" } },
        securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
      })),
    },
  }),
  Ingress: (name, namespace, host) => ({
    apiVersion: "networking.k8s.io/v1",
    kind: "Ingress",
    metadata: { name, namespace },
    spec: {
      ingressClassName: "traefik",
      tls: [{ hosts: [host], secretName: "tls" }],
      rules: [
        {
          host,
          http: {
            paths: ["/api", "/static", "/"].map((path) => ({
              path,
              pathType: "Prefix",
              backend: { service: { name: "sample", port: { number: 80 } } },
            })),
          },
        },
      ],
    },
  }),
  Secret: (name, namespace) => ({
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name, namespace },
    type: "Opaque",
    stringData: Object.fromEntries(Array.from({ length: 10 }, (_, index) => [`key-${String(index)}`, "x".repeat(40)])),
  }),
};

interface Cost {
  /** Milliseconds from request to answer. */
  readonly wall: number[];
  /** Milliseconds of the API server's processor time per creation; less disturbed by what else runs. */
  readonly processor: number[];
}

class Measurement {
  readonly costs = new Map<string, Cost>();

  constructor(
    private readonly admin: KubeClient,
    private readonly deployer: KubeClient,
    private readonly place: { readonly namespace: string; readonly host: string },
  ) {}

  private async processorSeconds(): Promise<number> {
    const text = String(await this.admin.request("GET", "/metrics"));
    return Number(/^process_cpu_seconds_total (\S+)$/m.exec(text)?.[1]);
  }

  /** Makes, and removes again, as many objects of each kind as are asked for. */
  async round(label: string, count: number): Promise<void> {
    for (const [kind, make] of Object.entries(samples)) {
      const cost = this.costs.get(`${kind} ${label}`) ?? { wall: [], processor: [] };
      this.costs.set(`${kind} ${label}`, cost);
      const objects = Array.from({ length: count }, (_, index) =>
        make(`sample-${String(index)}`, this.place.namespace, this.place.host),
      );
      const before = await this.processorSeconds();
      for (const object of objects) {
        const start = process.hrtime.bigint();
        await this.deployer.create(object);
        cost.wall.push(Number(process.hrtime.bigint() - start) / 1e6);
      }
      cost.processor.push((((await this.processorSeconds()) - before) * 1000) / count);
      for (const object of objects) await this.admin.delete(refOf(object), { graceSeconds: 0 });
    }
  }

  print(): void {
    const head = ["without", "with", "added", "cpu without", "cpu with", "cpu added"];
    console.log(`\nMilliseconds per creation, ${String(CREATIONS)} of each kind, by the deployer of an app`);
    console.log("".padEnd(10) + head.map((text) => text.padStart(12)).join(""));
    for (const kind of Object.keys(samples)) {
      const of = (label: string): Cost => this.costs.get(`${kind} ${label}`) ?? { wall: [], processor: [] };
      const pair = (figure: (cost: Cost) => number): number[] => {
        const [without, all] = [figure(of("without")), figure(of("with"))];
        return [without, all, all - without];
      };
      const cells = [...pair(({ wall }) => median(wall)), ...pair(({ processor }) => mean(processor))];
      console.log(kind.padEnd(10) + cells.map((value) => value.toFixed(2).padStart(12)).join(""));
    }
  }
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Waits until policies are in force, or gone. */
async function settle(probe: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; !(await probe()); tries++) {
    if (tries > 120) throw new Error("the policies of the API server do not take effect within a minute");
    await sleep(500);
  }
  // The API server takes policies up one by one; the last may be a moment behind the one that was seen.
  await sleep(2_000);
}

/**
 * What all policies of the platform together add to the creation of an object: on an API server of its own, the same
 * objects with the policies and without, in one run.
 */
export async function admission(root: string): Promise<void> {
  const config = stackConfig(root, "prod-nl-west");
  const plan = planPlatform(config, cluster, new Date().toISOString().slice(0, 10));
  const suite = plan.suite.find(({ app }) => app === "docs");
  if (suite === undefined) throw new Error("stack prod-nl-west has no app docs");
  const policies = [...plan.guards, ...plan.rules, ...plan.admission]
    .filter(({ apiVersion }) => apiVersion.startsWith("admissionregistration.k8s.io/"))
    .filter(isKubeObject);
  const dir = mkdtempSync(join(tmpdir(), "bench-admission-"));
  const { kubeconfig } = await clusterUp({ dir, binaries: await ensureTools(COMPONENTS) });
  const admin = KubeClient.fromKubeconfig(kubeconfig);
  try {
    const metadata = { name: suite.namespace, labels: namespaceLabels(suite.identity) };
    await admin.apply({ apiVersion: "v1", kind: "Namespace", metadata }, { force: true });
    for (const object of (suite.objects ?? []).filter(isKubeObject)) await admin.apply(object, { force: true });
    const account = { name: "sample", namespace: suite.namespace };
    await admin.apply(
      { apiVersion: "v1", kind: "ServiceAccount", metadata: account, automountServiceAccountToken: false },
      { force: true },
    );
    const deployer = admin.asServiceAccount(suite.namespace, DEPLOYER);
    const place = { namespace: suite.namespace, host: `docs.${config.domain}` };
    const measurement = new Measurement(admin, deployer, place);
    const reserved: KubeObject = {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "tried", namespace: suite.namespace, labels: managedLabels },
    };
    const refused = (): Promise<boolean> =>
      deployer.create(reserved, { dryRun: true }).then(
        () => false,
        () => true,
      );
    await measurement.round("warm-up", 50);
    for (let round = 0; round < ROUNDS; round++) {
      await measurement.round("without", CREATIONS / (ROUNDS * 2));
      for (const policy of policies) await admin.apply(policy, { force: true });
      await settle(refused);
      await measurement.round("with", CREATIONS / ROUNDS);
      for (const policy of [...policies].reverse()) await admin.delete(refOf(policy));
      await settle(async () => !(await refused()));
      await measurement.round("without", CREATIONS / (ROUNDS * 2));
    }
    measurement.print();
  } finally {
    admin.close();
    await clusterReset({ dir });
    rmSync(dir, { recursive: true, force: true });
  }
}

if (require.main === module) void admission(join(__dirname, "..", ".."));
