import { z } from "zod";
import { NAMESPACE as BACKUPS } from "../../../components/operators/velero/locations";
import { INSIDE, nodePlaces } from "../../../embedded/nodes/layout";
import { at, isRecord, refOf, type KubeObject } from "../../../lib/kube/client";
import { eventually, readyPod, restrictedPod } from "../support";
import type { Arrived } from "./alert-receiver";
import { nothingForbidden, refusal, WEBHOOK, withPortClosed, type PodPort } from "./operators";
import type { Outcome, Proof } from "./proof";
import type { World } from "./world";

const NOT_BUILT = "Prometheus and Alertmanager run with npm run test:node";
const PROMETHEUS = "prometheus-kube-prometheus-stack-0";
const SWITCH = "/deadMansSwitchUrl";
const RULES = { apiVersion: "monitoring.coreos.com/v1", kind: "PrometheusRule" };
/** Metrics every 30 seconds, rules every 30, and as long until a group of alerts is told, on a busy machine. */
const PATIENT_MS = 420_000;

const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? Array.from<unknown>(value) : []);

const samples = z.object({
  data: z.object({
    result: z.array(z.object({ metric: z.record(z.string(), z.string()), value: z.tuple([z.number(), z.string()]) })),
  }),
});
type Sample = z.infer<typeof samples>["data"]["result"][number];

/** What Prometheus answers to a query: by the kubelet, as whoever runs `kubectl port-forward` asks it. */
function ask(world: World, query: string): Promise<readonly Sample[]> {
  // A busy machine lets a connection through the kubelet end now and then.
  return eventually(`an answer to ${query}`, () => askOnce(world, query).catch(() => undefined));
}

function askOnce(world: World, query: string): Promise<readonly Sample[]> {
  return world.kubectl.forward(world.config.monitoring.namespace, PROMETHEUS, 9090, async (port) => {
    const answer = await fetch(`http://127.0.0.1:${String(port)}/api/v1/query?query=${encodeURIComponent(query)}`);
    return samples.parse(await answer.json()).data.result;
  });
}

/** Jobs of real programs, behind the policies of six namespaces. */
const JOBS = [
  ...["apiserver", "kubelet", "coredns", "node-exporter", "kube-state-metrics", "metrics-server", "velero"],
  ...["kyverno-svc-metrics", "kyverno-background-controller-metrics", "kube-prometheus-stack-alertmanager"],
];

/** What is on a node that is real answers Prometheus, by its own way of proving who it is. */
async function scraped(world: World): Promise<Outcome> {
  if (world.alerts === undefined) return { tries: 0, wrong: [], skipped: NOT_BUILT };
  const nodes = await world.client.list({ apiVersion: "v1", kind: "Node" });
  const simulated = new Set(
    nodes
      .filter(({ metadata }) => !metadata.name?.startsWith("real-"))
      .flatMap((node) => [
        node.metadata.name,
        ...list(at(node, "status", "addresses")).map((each) => at(each, "address")),
      ]),
  );
  // The API server's address is that of a simulated node: it is among the jobs that must be up.
  const onReal = ({ metric }: Sample): boolean =>
    !simulated.has(metric["instance"]) && !simulated.has(metric["instance"]?.replace(/:\d+$/, ""));
  const isUp = ({ value }: Sample): boolean => value[1] === "1";
  let targets: readonly Sample[] = [];
  const missing = (): string[] => [
    ...targets
      .filter((target) => onReal(target) && !isUp(target))
      .map(({ metric }) => `down: ${JSON.stringify(metric)}`),
    ...JOBS.filter((job) => !targets.some((target) => isUp(target) && target.metric["job"] === job)).map(
      (job) => `no target of ${job}`,
    ),
    ...nodePlaces(world.state.paths, 2)
      .filter(
        ({ name }) => targets.filter(({ metric }) => metric["node"] === name && metric["job"] === "kubelet").length < 3,
      )
      .map(({ name }) => `${name}: not all three of its kubelet's pages`),
  ];
  const all = async (): Promise<true | undefined> => {
    targets = await ask(world, "up");
    return missing().length === 0 ? true : undefined;
  };
  // What is missing stands in the outcome.
  await eventually("every target is up", all, PATIENT_MS).catch(() => undefined);
  const containers = await ask(world, 'container_memory_working_set_bytes{namespace="kyverno",container!=""}');
  return {
    tries: targets.filter(onReal).length + 1,
    wrong: [...missing(), ...(containers.length === 0 ? ["cAdvisor has measured no container of kyverno"] : [])],
    notes: [
      `${String(targets.filter(isUp).length)} targets of ${String(new Set(targets.filter(isUp).map(({ metric }) => metric["job"])).size)} jobs are up`,
    ],
  };
}

/** Who is told by the dead man's switch, since a moment. */
const calls = (world: World): number => world.alerts?.arrived.filter(({ path }) => path === SWITCH).length ?? 0;

async function nextCall(world: World): Promise<boolean> {
  const before = calls(world);
  try {
    await eventually("a call", () => Promise.resolve(calls(world) > before ? true : undefined), PATIENT_MS);
    return true;
  } catch {
    return false;
  }
}

const ALERTMANAGER = (namespace: string): PodPort => ({
  namespace,
  labelSelector: "app.kubernetes.io/name=alertmanager",
  port: 9093,
});

/** From Prometheus to Alertmanager to an address outside the cluster; with Alertmanager's port closed, not. */
async function travels(world: World): Promise<Outcome> {
  if (world.alerts === undefined) return { tries: 0, wrong: [], skipped: NOT_BUILT };
  const wrong: string[] = [];
  if (!(await nextCall(world))) wrong.push("the dead man's switch was never called");
  const failed = async (): Promise<number> =>
    Number((await ask(world, "sum(prometheus_notifications_errors_total)"))[0]?.value[1] ?? 0);
  const policies = await withPortClosed(world, ALERTMANAGER(world.config.monitoring.namespace), async () => {
    const before = await failed();
    try {
      await eventually(
        "Prometheus fails to tell Alertmanager",
        async () => ((await failed()) > before ? true : undefined),
        PATIENT_MS,
      );
    } catch (error) {
      wrong.push(`with the port closed: ${String(error)}`);
    }
  });
  if (policies === 0) wrong.push("no policy opens Alertmanager's port");
  if (!(await nextCall(world))) wrong.push("with the port open again, the dead man's switch was not called");
  return { tries: 3, wrong, notes: [`${String(policies)} policies removed, and made again`] };
}

/** Something that goes wrong for real, and the alert of the platform's or the chart's that says so. */
interface Cause {
  readonly what: string;
  readonly alert: string;
  readonly labels: Readonly<Record<string, string>>;
}

const APP = "mijnbureau-nextcloud";
const CRASHING = "crashing";
const HUNGRY = "hungry";
const FULL = "full";
const GRAFANA: Omit<PodPort, "namespace"> = { labelSelector: "app.kubernetes.io/name=grafana", port: 3000 };
const VICTIM = "real-1";

const causes = (namespace: string): readonly Cause[] => [
  { what: "a pod that crashes", alert: "KubePodCrashLooping", labels: { namespace: APP, pod: CRASHING } },
  { what: "a container that takes all memory", alert: "ContainerOutOfMemory", labels: { namespace: APP, pod: HUNGRY } },
  {
    what: "a volume that is full",
    alert: "SuiteVolumeFilling",
    labels: { namespace: APP, persistentvolumeclaim: FULL },
  },
  { what: "a node whose kubelet hangs", alert: "KubeNodeNotReady", labels: { node: VICTIM } },
  { what: "a webhook that is not reached", alert: "AdmissionWebhookErrors", labels: {} },
  { what: "a backup that fails", alert: "BackupFailed", labels: { schedule: "suite-daily" } },
  {
    what: "a target that is not reached",
    alert: "TargetDown",
    labels: { namespace, job: "kube-prometheus-stack-grafana" },
  },
];

/** The rules that are shipped, but at once: some wait for a quarter of an hour, so that nobody is called for nothing. */
async function withoutWaiting(world: World, alerts: ReadonlySet<string>): Promise<void> {
  for (const { apiVersion, kind, metadata, spec } of await world.client.list(RULES)) {
    const text = JSON.stringify(spec);
    const groups = list(at(spec, "groups")).map((group) => ({
      ...(isRecord(group) ? group : {}),
      rules: list(at(group, "rules")).map((rule) =>
        alerts.has(String(at(rule, "alert"))) ? { ...(isRecord(rule) ? rule : {}), for: "0s" } : rule,
      ),
    }));
    if (JSON.stringify({ groups }) === text) continue;
    const { name = "", namespace = "", labels = {} } = metadata;
    await world.client.apply(
      { apiVersion, kind, metadata: { name, namespace, labels }, spec: { groups } },
      { force: true },
    );
  }
}

/** Where the kubelet does not hang meanwhile: it starts nothing, and tells nothing of volumes. */
const elsewhere = { "kubernetes.io/hostname": "real-2" };
const claim = { apiVersion: "v1", kind: "PersistentVolumeClaim", metadata: { name: FULL, namespace: APP } };
const holder = restrictedPod(APP, FULL, {
  spec: { nodeSelector: elsewhere, volumes: [{ name: "data", persistentVolumeClaim: { claimName: FULL } }] },
  container: { volumeMounts: [{ name: "data", mountPath: "/data" }] },
});
const kubectlPod = (name: string, args: readonly string[]): KubeObject =>
  restrictedPod(APP, name, {
    spec: { nodeSelector: elsewhere },
    container: { image: "registry.k8s.io/kubectl:v1.36.3", args, ports: [], readinessProbe: undefined },
  });
const crashing = kubectlPod(CRASHING, ["no-such-command"]);
/** It looks for the end of the first line. */
const hungry = kubectlPod(HUNGRY, ["create", "--dry-run=client", "--validate=false", "--filename", "/dev/zero"]);
const badBackup: KubeObject = {
  apiVersion: "velero.io/v1",
  kind: "Backup",
  metadata: { name: "fails", namespace: BACKUPS, labels: { "velero.io/schedule-name": "suite-daily" } },
  spec: { storageLocation: "nowhere" },
};

/** A volume of a few megabytes: other volumes of these nodes are as large as the machine's disk. */
async function fillVolume(world: World): Promise<void> {
  await world.client.create({
    ...claim,
    spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "8Mi" } } },
  });
  await world.client.create(holder);
  const first = await readyPod(world.client, APP, FULL);
  await world.kubectl.run(["delete", "pod", FULL, "--namespace", APP, "--wait"]);
  const volume = `${INSIDE.volumes}/${String(at(await world.client.get(refOf(claim)), "spec", "volumeName"))}`;
  world.onNode(
    String(at(first, "spec", "nodeName")),
    `mount -t tmpfs -o size=8m tmpfs ${volume} && head -c 8m /dev/zero > ${volume}/full || true`,
  );
  await world.client.create(holder);
  await readyPod(world.client, APP, FULL);
}

function stopKubelet(world: World): void {
  world.onNode(VICTIM, "kill -STOP $(pidof kubelet)");
}

/** nsenter stops with its child, and has it go on once it goes on itself (util-linux, sys-utils/nsenter.c, continue_as_child). */
function continueKubelet(world: World): void {
  world.signal(`${VICTIM}/kubelet`, "SIGCONT");
}

async function fires(world: World): Promise<Outcome> {
  const { alerts } = world;
  if (alerts === undefined) return { tries: 0, wrong: [], skipped: NOT_BUILT };
  const { namespace } = world.config.monitoring;
  const wanted = causes(namespace);
  const arrived = ({ alert, labels }: Cause): boolean =>
    alerts.arrived.some(
      (each: Arrived) =>
        each.status === "firing" &&
        each.labels["alertname"] === alert &&
        Object.entries(labels).every(([name, value]) => each.labels[name] === value),
    );
  const early = wanted.filter(arrived).map(({ what, alert }) => `${alert} came before ${what}`);
  await withoutWaiting(world, new Set(wanted.map(({ alert }) => alert)));
  await world.client.create(crashing);
  await world.client.create(hungry);
  await world.client.create(badBackup);
  await fillVolume(world);
  await withPortClosed(world, { namespace, ...GRAFANA }, () =>
    withPortClosed(world, WEBHOOK, async () => {
      stopKubelet(world);
      try {
        const deadline = Date.now() + PATIENT_MS;
        while (!wanted.every(arrived) && Date.now() < deadline)
          await refusal(world, new Date(Date.now() + 86_400_000).toISOString());
      } finally {
        continueKubelet(world);
      }
    }),
  );
  for (const object of [crashing, hungry, badBackup, holder, claim]) await world.client.delete(refOf(object));
  const silent = wanted.filter((cause) => !arrived(cause)).map(({ what, alert }) => `${what}: ${alert} did not arrive`);
  return {
    tries: wanted.length * 2,
    wrong: [...early, ...silent],
    notes: ["the rules are those that are shipped, without the time that they wait"],
  };
}

export const alertProofs: readonly Proof[] = [
  { claim: "Prometheus' own pods reach every target that is real, behind the policies", run: scraped },
  {
    claim: "Prometheus' operator and its pods ask the API server for nothing that is forbidden to them",
    run: (world) =>
      world.alerts === undefined
        ? Promise.resolve({ tries: 0, wrong: [], skipped: NOT_BUILT })
        : nothingForbidden(world, world.config.monitoring.namespace),
  },
  {
    claim: "an alert goes from Prometheus by Alertmanager to who is told outside, and not with a port closed",
    long: true,
    run: travels,
  },
  { claim: "what goes wrong is told: each alert by its own cause", long: true, run: fires },
];
