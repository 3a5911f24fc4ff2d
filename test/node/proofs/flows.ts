import { existsSync } from "node:fs";
import { join } from "node:path";
import { Ends, flowPorts, holds, type NamedEndpoint, type WorkloadPods } from "../../../cli/verify/endpoints";
import { contains, protocols, type PortSet } from "../../../cli/verify/ports";
import { Reachability } from "../../../cli/verify/reachability";
import { appKeys, type AppKey } from "../../../suite/apps";
import { describePeer, singleFlows } from "../../../suite/flow";
import { flows } from "../../../suite/flows";
import { label } from "../../../lib/labels";
import { refOf } from "../../../lib/kube/client";
import { mijnbureauValues } from "../../../components/handover/values";
import { findTools } from "../../../embedded/toolchain";
import { Checkout, CHECKOUT } from "../../handover/checkout";
import { nodePlaces } from "../../../embedded/nodes/layout";
import { randomOf, sample } from "./each";
import {
  allTries,
  answerOutside,
  podEnds,
  policiesOf,
  runFromControlPlane,
  runTries,
  type End,
  type Try,
} from "./packets";
import type { Outcome, Proof } from "./proof";
import { corpus, type World } from "./world";

/** Connections that must not open, tried of each source's: each costs a timeout. */
const SAMPLED = 60;

/** Connections of the flows table between pods that run. */
interface TableTry extends Try {
  readonly entry: string;
}

function tableTries(
  world: World,
  ends: readonly End[],
): { readonly tries: TableTry[]; readonly without: readonly string[] } {
  const { network: settings, monitoring } = world.config;
  const workloads = ends.flatMap((end): WorkloadPods[] => {
    const { pod, ip, ports } = end.endpoint;
    const app = appOf(pod?.namespaceLabels ?? {});
    if (pod === undefined || app === undefined) return [];
    return [{ app, name: end.name, namespace: pod.namespace, labels: pod.labels, ports, ip }];
  });
  const namespaceLabels = new Map(
    ends.map(({ endpoint: { pod } }) => [pod?.namespace ?? "", pod?.namespaceLabels ?? {}]),
  );
  const table = new Ends({ settings, monitoringNamespace: monitoring.namespace, workloads, namespaceLabels });
  const without: string[] = [];
  const tries = singleFlows(flows)
    .filter((flow) => (flow.when ?? []).every((condition) => holds(condition, settings)))
    .flatMap((flow) => {
      const target = table.resolve(flow.to);
      const ports = flow.ports === undefined ? target.ports : flowPorts(flow.ports);
      const entry = `${describePeer(flow.from)} -> ${describePeer(flow.to)}`;
      const sources = table.resolve(flow.from).ends.flatMap((end) => running(end, ends));
      const targets = target.ends.flatMap((end) => running(end, ends));
      const found = sources.flatMap((from) =>
        targets
          .filter((to) => to !== from)
          .flatMap((to) => portsOf(ports, to).map((port) => ({ from, to, ...port, allowed: true, entry }))),
      );
      if (found.length === 0) without.push(entry);
      return found;
    });
  return { tries, without };
}

/** Ports of an entry that can be tried: single ones, and of ranges those that the target declares. */
function portsOf(ports: PortSet | undefined, to: End): { readonly protocol: "TCP" | "UDP"; readonly port: number }[] {
  if (ports === undefined) return [];
  return protocols.flatMap((protocol) =>
    protocol === "SCTP"
      ? []
      : to.endpoint.ports
          .filter((each) => each.protocol === protocol && contains(ports, protocol, each.port))
          .map(({ port }) => ({ protocol, port })),
  );
}

const appOf = (labels: Readonly<Record<string, string>>): AppKey | undefined =>
  labels[label.role] === "suite" ? appKeys.find((key) => key === labels[label.component]) : undefined;

/** The pods that run of an end of the table. */
function running({ endpoint }: NamedEndpoint, ends: readonly End[]): readonly End[] {
  const { pod } = endpoint;
  if (pod === undefined) return [];
  return ends.filter(
    (each) =>
      each.endpoint.pod?.namespace === pod.namespace &&
      Object.entries(pod.labels).every(([key, value]) => each.endpoint.pod?.labels[key] === value),
  );
}

/** Everything that can be tried among the pods that run: what must open whole, of the rest a sample. */
async function everyFlow(world: World, render: string): Promise<Outcome> {
  const report = await world.install(render);
  await world.ingressStandIn();
  await answerOutside(world);
  const ends = await podEnds(world);
  const reachability = new Reachability(await policiesOf(world));
  const nodes = nodePlaces(world.state.paths, 2).map(({ address }) => address);
  const sources = ends.filter(({ from }) => from !== undefined);
  const table = tableTries(world, ends);
  const tries = allTries(sources, ends, reachability, nodes);
  const seed = Number(process.env["NODE_TEST_SEED"] ?? Date.now() % 1_000_000);
  const random = randomOf(seed);
  const open = tries.filter(({ allowed }) => allowed);
  const closed = sources.flatMap((source) =>
    sample(
      tries.filter(({ from, allowed }) => from === source && !allowed),
      SAMPLED,
      random,
    ),
  );
  const fromTable = table.tries.filter(({ from }) => from.from !== undefined);
  const notComputed = fromTable.filter(
    ({ from, to, protocol, port }) => !contains(reachability.between(from.endpoint, to.endpoint).ports, protocol, port),
  );
  const wrong = await runTries(world, [...open, ...closed, ...fromTable]);
  const fromControlPlane = await runFromControlPlane(world, ends, reachability);
  const waiting = report.workloads.flatMap(({ app, name, problems }) =>
    problems.map(({ text }) => `${app}/${name}: ${text}`),
  );
  return {
    tries: open.length + closed.length + fromTable.length + fromControlPlane.tries,
    wrong: [
      ...wrong,
      ...fromControlPlane.wrong,
      ...notComputed.map(
        ({ entry, from, to, port }) => `${entry}: computed as closed: ${from.name} -> ${to.name} ${String(port)}`,
      ),
    ],
    notes: [
      `${String(ends.length)} pods run; ${String(open.length)} connections are allowed, ${String(tries.length - open.length)} are not, of which ${String(closed.length)} were tried (seed ${String(seed)})`,
      `${String(fromTable.length)} connections of ${String(new Set(table.tries.map(({ entry }) => entry)).size)} entries of the flows table; ${String(table.without.length)} entries have an end that does not run here`,
      ...waiting.map((line) => `not there: ${line}`),
      `${String(fromControlPlane.tries)} connections from the API server's address`,
    ],
  };
}

/** Both ends of connections that are closed, and of some that are open. */
const PAIR = ["mijnbureau-nextcloud", "mijnbureau-keycloak"] as const;

/** The proof can fail: without policies, packets go other ways than the policies said. */
async function withoutPolicies(world: World): Promise<Outcome> {
  const policies = (await world.client.list({ apiVersion: "networking.k8s.io/v1", kind: "NetworkPolicy" })).filter(
    ({ metadata }) => PAIR.some((namespace) => namespace === metadata.namespace),
  );
  const ends = await podEnds(world);
  const computed = new Reachability(await policiesOf(world));
  const inside = ends.filter(({ endpoint }) => PAIR.some((namespace) => namespace === endpoint.pod?.namespace));
  const across = allTries(inside, inside, computed, []).filter(
    ({ from, to, allowed }) =>
      !allowed && inside.includes(to) && from.endpoint.pod?.namespace !== to.endpoint.pod?.namespace,
  );
  const wrong: string[] = [];
  for (const policy of policies) await world.client.delete(refOf(policy));
  const differ = await world.eventually(async () =>
    (await runTries(world, across)).length === across.length ? true : undefined,
  );
  if (differ === undefined) wrong.push("without policies, not every packet that they held back has arrived");
  for (const { apiVersion, kind, metadata, spec } of policies) {
    const { name = "", namespace = "", labels = {}, annotations = {} } = metadata;
    await world.client.apply(
      { apiVersion, kind, metadata: { name, namespace, labels, annotations }, spec },
      { force: true },
    );
  }
  const back = await world.eventually(async () => ((await runTries(world, across)).length === 0 ? true : undefined));
  if (back === undefined) wrong.push("with the policies again, packets still went as without them");
  return {
    tries: across.length * 2,
    wrong,
    notes: [`${String(policies.length)} policies of ${PAIR.join(" and ")} removed, and made again`],
  };
}

/** Tries a render, and takes it away again for the next. */
async function forAWhile(world: World, render: string): Promise<Outcome> {
  const outcome = await everyFlow(world, render);
  await world.remove(render);
  return outcome;
}

/** The suite's own helmfile, told what the stack hands over. */
async function handedOver(world: World): Promise<Outcome> {
  const found = await findTools(["helm", "helmfile"]);
  const [helm, helmfile] = [found.get("helm"), found.get("helmfile")];
  if (!existsSync(CHECKOUT) || helm === undefined || helmfile === undefined) {
    const skipped = "needs the suite's repository beside the project, and helm and helmfile of the toolchain";
    return { tries: 0, wrong: [], skipped };
  }
  const checkout = await Checkout.copy({ helm, helmfile });
  try {
    return await forAWhile(world, await checkout.render(mijnbureauValues(world.config)));
  } finally {
    checkout.remove();
  }
}

export const flowProofs: readonly Proof[] = [
  {
    claim: "every flow by packet, and nothing else: demo render",
    run: (world) => forAWhile(world, join(corpus, "demo")),
  },
  {
    claim: "every flow by packet, and nothing else: rendered with what the stack hands over",
    long: true,
    run: handedOver,
  },
  {
    claim: "every flow by packet, and nothing else: production render",
    run: (world) => everyFlow(world, join(corpus, "production")),
  },
  { claim: "the same fails when policies are removed", run: withoutPolicies },
];
