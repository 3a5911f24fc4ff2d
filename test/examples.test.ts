import assert from "node:assert/strict";
import path from "node:path";
import { originNotices } from "../components/charts/chart";
import { chartLock } from "../components/charts/lock";
import { preflight, type ClusterFacts } from "../components/cluster/facts";
import { expectationsOf } from "../components/expectations";
import { planPlatform } from "../components/plan";
import { policiesOf } from "../components/policies";
import { stackConfig } from "../components/stack-file";
import { contextIn, Engine, readObject } from "../policypack/engine/engine";
import { loadRules } from "../policypack/engine/load";
import { StackIndex } from "../policypack/engine/stack";
import { namespaceManifest } from "../components/namespace/secure-namespace";
import { DAY, emptyCluster, exampleNames, root } from "./snapshots/stack";

const folder = path.join(root, "examples");
const kinds = ["aks", "eks", "openshift", "rke2", "talos-openstack"];

describe("example stacks", () => {
  it("are one for each kind of cluster that organisations have", () => {
    assert.deepEqual(exampleNames().sort(), kinds);
    assert.deepEqual(originNotices([]), []);
  });

  for (const name of kinds) {
    describe(name, function () {
      this.timeout(120_000);
      const config = stackConfig(folder, name);
      const plan = planPlatform(config, emptyCluster, DAY);
      const fitting: ClusterFacts = {
        ...emptyCluster,
        nodes: ["a", "b", "c"].map((zone, index) => ({
          name: zone,
          zone: `nl-west-${index + 1}`,
          controlPlane: false,
          architecture: "amd64",
          labels: { "mijnbureau-platform/runtime-gvisor": "true" },
          runtimeHandlers: ["runc", "runsc"],
        })),
        daemonSets: [config.network.cni === "cilium" ? "cilium" : "ovnkube-node"],
      };

      it("names only charts of the lock", () => {
        for (const { plan: operator } of plan.operators) {
          if (operator.chart !== undefined) assert.ok(chartLock.has(operator.chart.entry), operator.chart.entry);
        }
      });

      it("passes the policies with what it makes itself", () => {
        const objects = [
          ...[...plan.suite, ...plan.operators.flatMap(({ namespaces }) => namespaces)].map(namespaceManifest),
          ...plan.suite.flatMap(({ limits = [], networkPolicies, objects: own = [] }) => [
            ...limits,
            ...networkPolicies,
            ...own,
          ]),
          ...plan.operators.flatMap(({ plan: { before, after } }) => [...before, ...after]),
        ];
        const entries = objects.flatMap((object) => readObject(object) ?? []);
        const stack = new StackIndex(entries);
        const engine = new Engine(loadRules(), policiesOf(config), DAY);
        const findings = entries
          .flatMap((entry) => engine.judge(entry, contextIn(stack, entry, "other")))
          .filter(({ level, decision }) => level === "mandatory" && decision === "violated");
        assert.deepEqual(
          findings.map(({ rule, kind, name: object }) => `${rule} ${kind} ${object}`),
          [],
        );
      });

      it("fits a cluster of its kind, and not one that lacks what it needs", () => {
        assert.deepEqual(preflight(expectationsOf(config, fitting), fitting).errors, []);
        const unfit = { ...fitting, version: "v1.30.0", daemonSets: ["kube-flannel-ds"], admissionResources: [] };
        const [version = "", admission = "", plugin = "", ...others] = preflight(
          expectationsOf(config, unfit),
          unfit,
        ).errors;
        assert.match(version, /^cluster version: v1\.30\.0 is older than /);
        assert.match(admission, /^admission: the API server does not serve validatingadmissionpolicies and /);
        assert.match(plugin, /^network plugin: flannel does not enforce NetworkPolicy/);
        assert.deepEqual(others, []);
      });
    });
  }
});
