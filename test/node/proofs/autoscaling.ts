import { isReal } from "../../../embedded/nodes/images";
import { nodePlaces } from "../../../embedded/nodes/layout";
import { at, refOf, type KubeObject } from "../../../lib/kube/client";
import { eventually, IMAGE, restrictedPod } from "../support";
import type { Outcome, Proof } from "./proof";
import type { World } from "./world";

const NAME = "metrics-server";
const GROUP = "metrics.k8s.io";
/** metrics-server asks the kubelets every 15 seconds, and the controller manager it every 15. */
const TWO_ROUNDS_MS = 120_000;

const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? Array.from<unknown>(value) : []);

/** As the chart has it, where no node is simulated: behind one that is, nothing answers. */
async function apiService(world: World): Promise<KubeObject> {
  const deployment = await world.client.get({ apiVersion: "apps/v1", kind: "Deployment", name: NAME, namespace: NAME });
  const volumes = list(at(deployment, "spec", "template", "spec", "volumes"));
  const name = volumes.map((each) => at(each, "secret", "secretName")).find((each) => typeof each === "string");
  if (name === undefined) throw new Error(`the pods of ${NAME} have no certificate`);
  const secret = await world.client.get({ apiVersion: "v1", kind: "Secret", name, namespace: NAME });
  return {
    apiVersion: "apiregistration.k8s.io/v1",
    kind: "APIService",
    metadata: { name: `v1beta1.${GROUP}` },
    spec: {
      group: GROUP,
      version: "v1beta1",
      groupPriorityMinimum: 100,
      versionPriority: 100,
      service: { name: NAME, namespace: NAME, port: 443 },
      caBundle: at(secret, "data", "ca.crt"),
    },
  };
}

/** Of a size that any container exceeds. */
const sample = (replicas: string): readonly KubeObject[] => {
  const { metadata, spec } = restrictedPod("default", replicas, { container: { image: IMAGE } });
  return [
    {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name: replicas, namespace: "default" },
      spec: {
        selector: { matchLabels: metadata.labels },
        template: { metadata: { labels: metadata.labels }, spec },
      },
    },
    {
      apiVersion: "autoscaling/v2",
      kind: "HorizontalPodAutoscaler",
      metadata: { name: replicas, namespace: "default" },
      spec: {
        scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: replicas },
        minReplicas: 1,
        maxReplicas: 2,
        metrics: [
          { type: "Resource", resource: { name: "memory", target: { type: "AverageValue", averageValue: "64Ki" } } },
        ],
      },
    },
  ];
};

/** metrics-server's own pods ask the real kubelets, the API server asks them, and an autoscaler goes by the answer. */
async function scales(world: World): Promise<Outcome> {
  if (!isReal(`registry.k8s.io/metrics-server/${NAME}:`, world.images)) {
    return { tries: 0, wrong: [], skipped: "metrics-server is not built on this machine: npm run test:node" };
  }
  const service = await apiService(world);
  const objects = sample("scaled");
  for (const object of [service, ...objects]) await world.client.apply(object, { force: true });
  const within = async (what: string, check: () => Promise<true | undefined>): Promise<string[]> => {
    try {
      await eventually(what, check, TWO_ROUNDS_MS);
      return [];
    } catch (error) {
      return [String(error)];
    }
  };
  try {
    const wrong = await within("the aggregated API is available", async () => {
      const conditions = list(at(await world.client.get(refOf(service)), "status", "conditions"));
      return conditions.some((each) => at(each, "type") === "Available" && at(each, "status") === "True")
        ? true
        : undefined;
    });
    const names = nodePlaces(world.state.paths, 2).map(({ name }) => name);
    for (const name of wrong.length > 0 ? [] : names) {
      wrong.push(
        ...(await within(`metrics of node ${name}`, async () => {
          const nodes = list(at(await world.client.request("GET", `/apis/${GROUP}/v1beta1/nodes`), "items"));
          const found = nodes.find((each) => at(each, "metadata", "name") === name);
          return parseFloat(String(at(found, "usage", "memory"))) > 0 ? true : undefined;
        })),
      );
    }
    const [deployment] = objects;
    if (wrong.length === 0 && deployment !== undefined) {
      wrong.push(
        ...(await within("a Deployment of one becomes one of two", async () =>
          at(await world.client.get(refOf(deployment)), "status", "readyReplicas") === 2 ? true : undefined,
        )),
      );
    }
    return { tries: names.length + 2, wrong };
  } finally {
    // An APIService without an answer breaks discovery for every client.
    for (const object of [service, ...objects]) await world.client.delete(refOf(object));
  }
}

export const autoscalingProofs: readonly Proof[] = [
  { claim: "metrics-server's own pods answer for the kubelets, and an autoscaler goes by them", run: scales },
];
