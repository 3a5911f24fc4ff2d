import assert from "node:assert/strict";
import { loadDocuments } from "../../cli/verify/documents";
import { judgeNetwork } from "../../cli/verify/network";
import { mijnbureauValues } from "../../components/handover/values";
import { databaseStoreOf } from "../../components/operators/databases/endpoint";
import { planPlatform } from "../../components/plan";
import type { LoadedConfig } from "../../config/load";
import { isKubeObject } from "../../lib/kube/client";
import { NAMESPACE_NAME_LABEL } from "../../lib/labels";
import { appKeys } from "../../suite/apps";
import { flows } from "../../suite/flows";
import { AttackedPlatform, stackOfAttacks } from "../attacks/platform";
import { refusedOf } from "../attacks/suite";
import { policiesOf, workloadsOf, type Rendered } from "../components/network/rendered";
import { configOf, DAY, emptyCluster, stackNames } from "../snapshots/stack";
import { needFile, needTools } from "../support/needs";
import { Checkout, CHECKOUT, FETCHED_APP } from "./checkout";

/** Of a flow that is blocked, as `judgeNetwork` writes it. */
const BETWEEN_WORKLOADS = /^(?!nodes ).* -> [a-z]+\/(Deployment|StatefulSet|Job|CronJob) /;

describe("what a stack hands over, rendered by the suite's own helmfile", function () {
  this.timeout(600_000);
  let checkout: Checkout;

  before(async function () {
    needFile(this, CHECKOUT);
    checkout = await Checkout.copy(await needTools(this, "helm", "helmfile"));
  });
  after(() => {
    (checkout as Checkout | undefined)?.remove();
  });

  /** What is on in the stack and can be rendered here, in the namespaces that the stack has. */
  async function rendered(config: LoadedConfig): Promise<readonly Rendered[]> {
    const folder = await checkout.render(mijnbureauValues(config));
    const { documents, problems } = loadDocuments([folder]);
    assert.deepEqual(problems, []);
    const apps = new Map(appKeys.map((app) => [config.apps[app].namespace, app]));
    const elsewhere: string[] = [];
    const given = documents.flatMap(({ object }): Rendered[] => {
      const namespace = object.metadata.namespace ?? "";
      const app = apps.get(namespace);
      if (app !== undefined) return [{ app, namespace, object }];
      // The shared Gateway, with its certificates and its redirect.
      if (config.edge.routing === "gateway" && namespace === config.edge.gateway.namespace) return [];
      elsewhere.push(`${object.kind} ${namespace}/${object.metadata.name ?? ""}`);
      return [];
    });
    assert.deepEqual(elsewhere, [], "in no app's namespace");
    const withObjects = appKeys.filter((app) => given.some((each) => each.app === app) && app !== FETCHED_APP);
    const on = appKeys.filter((app) => config.apps[app].enabled && app !== FETCHED_APP);
    assert.deepEqual(withObjects, on);
    return given;
  }

  for (const stack of stackNames()) {
    it(`keeps every flow of ${stack} open, and nothing else`, async () => {
      const config = configOf(stack);
      const given = await rendered(config);
      const plan = planPlatform(config, emptyCluster, DAY);
      const namespaces = [...plan.suite, ...plan.operators.flatMap((step) => step.namespaces)];
      const planned = namespaces.flatMap(({ namespace, networkPolicies }) =>
        networkPolicies.filter(isKubeObject).map((object) => ({ namespace, object })),
      );
      const policies = [...policiesOf(planned, false), ...policiesOf(given, true)];
      const names = [...namespaces.map(({ namespace }) => namespace), "traefik", "kube-system"];
      const world = {
        settings: config.network,
        databaseStore: databaseStoreOf(config),
        monitoringNamespace: config.monitoring.namespace,
        workloads: workloadsOf(given),
        namespaceLabels: new Map(names.map((name) => [name, { [NAMESPACE_NAME_LABEL]: name }])),
      };
      const { flows: rows, beyond } = judgeNetwork(flows, policies, world);
      const allowed = rows.filter(({ verdict }) => verdict === "allowed");
      console.log(`      ${String(world.workloads.length)} workloads, ${String(allowed.length)} flows`);
      // What leaves the cluster, or concerns nodes, is opened by CiliumNetworkPolicies there (docs/network.md).
      const judged = (row: string): boolean => config.network.cni !== "cilium" || BETWEEN_WORKLOADS.test(row);
      assert.deepEqual([rows.flatMap(({ blocked }) => blocked).filter(judged), beyond], [[], []]);
    });
  }

  it("is let in by a real API server with everything that stack dev has there", async function () {
    const config = stackOfAttacks();
    const given = await rendered(config);
    const platform = await AttackedPlatform.up(this);
    try {
      assert.deepEqual(
        await refusedOf(
          platform,
          given.map(({ object }) => object),
        ),
        [],
      );
    } finally {
      await platform.down();
    }
  });
});
