import assert from "node:assert/strict";
import { join } from "node:path";
import { loadDocuments } from "../../../cli/verify/documents";
import type { World } from "../../../cli/verify/endpoints";
import { judgeNetwork } from "../../../cli/verify/network";
import { flows } from "../../../suite/flows";
import { networkPolicies } from "../../../components/network/policies";
import { networkSettings } from "../../../config/network";
import { appKeys, type AppKey } from "../../../suite/apps";
import { NAMESPACE_NAME_LABEL } from "../../../lib/labels";
import { needFile } from "../../support/needs";
import { policiesOf, workloadsOf, type Rendered } from "../network/rendered";

const corpus = join(__dirname, "..", "..", "..", "..", "shared", "corpus", "mijnbureau");
const namespaceOf = (app: AppKey): string => `mijnbureau-${app}`;
const monitoringNamespace = "monitoring";
const settings = networkSettings.parse({
  podCidrs: ["10.244.0.0/16"],
  serviceCidrs: ["10.96.0.0/12"],
  controlPlaneCidrs: ["192.0.2.1/32"],
});

function documents(environment: string): Rendered[] {
  return loadDocuments([join(corpus, environment)]).documents.flatMap(({ file, object }) => {
    const app = appKeys.find((key) => `${key}.yaml` === file);
    return app === undefined ? [] : [{ app, namespace: namespaceOf(app), object }];
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
