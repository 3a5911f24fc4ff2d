import assert from "node:assert/strict";
import { join } from "node:path";
import { loadDocuments } from "../../../cli/verify/documents";
import type { World, WorkloadPods } from "../../../cli/verify/endpoints";
import { judgeNetwork } from "../../../cli/verify/network";
import type { NetworkPolicy } from "../../../cli/verify/reachability";
import { containerPorts, podTemplate } from "../../../cli/verify/workloads";
import { flows } from "../../../suite/flows";
import { networkPolicies } from "../../../components/network/policies";
import { networkSettings } from "../../../config/network";
import { appKeys, type AppKey } from "../../../suite/apps";
import { NAMESPACE_NAME_LABEL } from "../../../lib/labels";
import { isRecord, type KubeObject } from "../../../lib/kube/client";
import { needFile } from "../../support/needs";

const corpus = join(__dirname, "..", "..", "..", "..", "shared", "corpus", "mijnbureau");
const namespaceOf = (app: AppKey): string => `mijnbureau-${app}`;
const monitoringNamespace = "monitoring";
const settings = networkSettings.parse({
  podCidrs: ["10.244.0.0/16"],
  serviceCidrs: ["10.96.0.0/12"],
  controlPlaneCidrs: ["192.0.2.1/32"],
});

interface Rendered {
  readonly app: AppKey;
  readonly object: KubeObject;
}

function documents(environment: string): Rendered[] {
  return loadDocuments([join(corpus, environment)]).documents.flatMap(({ file, object }) => {
    const app = appKeys.find((key) => `${key}.yaml` === file);
    return app === undefined ? [] : [{ app, object }];
  });
}

function workloadsOf(given: readonly Rendered[]): WorkloadPods[] {
  return given.flatMap(({ app, object }): WorkloadPods[] => {
    const template = podTemplate(object);
    if (template === undefined) return [];
    const name = `${app}/${object.kind} ${object.metadata.name ?? ""}`;
    const ports = containerPorts(template.spec);
    return [{ app, name, namespace: namespaceOf(app), labels: template.metadata.labels, ports }];
  });
}

/** The suite's own policies; narrowed as the mutation `network-policies` leaves them: selector and types only. */
function policiesOf(given: readonly Rendered[], narrowed: boolean): NetworkPolicy[] {
  return given.flatMap(({ app, object }): NetworkPolicy[] => {
    if (object.kind !== "NetworkPolicy") return [];
    const own: NetworkPolicy["spec"] = isRecord(object["spec"]) ? object["spec"] : {};
    const kept = {
      podSelector: own.podSelector,
      // As the API server fills them in before admission.
      policyTypes: own.policyTypes ?? ["Ingress", ...(own.egress === undefined ? [] : ["Egress"])],
    };
    const metadata = { name: object.metadata.name ?? "", namespace: namespaceOf(app) };
    return [{ metadata, spec: narrowed ? kept : own }];
  });
}

describe("the suite's network policies without their rules", function () {
  this.timeout(60_000);

  for (const environment of ["production", "demo"]) {
    it(`let nothing of ${environment} through beyond the table of flows, and block nothing in it`, function () {
      needFile(this, corpus);
      const given = documents(environment);
      const apps = Object.fromEntries(appKeys.map((app) => [app, namespaceOf(app)]));
      const platform = networkPolicies(flows, { settings, apps, operatorNamespaces: [], monitoringNamespace });
      const names = [...Object.values(apps), monitoringNamespace, "traefik", "kube-system", "cnpg-system"];
      const world: World = {
        settings,
        monitoringNamespace,
        workloads: workloadsOf(given),
        namespaceLabels: new Map(names.map((name) => [name, { [NAMESPACE_NAME_LABEL]: name }])),
      };
      const judge = (narrowed: boolean) => judgeNetwork(flows, [...platform, ...policiesOf(given, narrowed)], world);
      const blocked = ({ flows: rows }: ReturnType<typeof judge>) => rows.flatMap((row) => row.blocked);
      const before = judge(false);
      assert.ok(before.beyond.length > 20, `${String(before.beyond.length)} are open without the mutation`);
      const after = judge(true);
      assert.deepEqual(blocked(after), blocked(before), "narrowing blocks what was allowed");
      assert.deepEqual(blocked(after), []);
      const allowed = after.flows.filter(({ verdict }) => verdict === "allowed").length;
      assert.ok(allowed > 40, `${String(allowed)} flows have both ends`);
      console.log(
        `      ${environment}: ${allowed} flows allowed; open beyond them: ${before.beyond.length}, then none`,
      );
      assert.deepEqual(after.beyond, []);
    });
  }
});
