import assert from "node:assert/strict";
import { stackConfig } from "../../../components/stack-file";
import type { ClusterFacts } from "../../../components/cluster/facts";
import { mijnbureauValues } from "../../../components/handover/values";
import { planPlatform, type PlatformPlan } from "../../../components/plan";
import type { LoadedConfig } from "../../../config/load";

const cluster = (crds: readonly string[]): ClusterFacts => ({
  version: "v1.36.3",
  customResources: new Map(crds.map((name) => [name, false])),
  apiServices: new Map(),
  namespaces: new Map(),
  nodes: [],
  daemonSets: ["cilium"],
  admissionResources: ["mutatingadmissionpolicies", "mutatingadmissionpolicybindings"],
});
const withTraefik = cluster(["middlewares.traefik.io", "serverstransports.traefik.io"]);

const planOf = (config: LoadedConfig, facts: ClusterFacts): PlatformPlan => planPlatform(config, facts, "2026-11-22");
const objectsOf = ({ operators }: PlatformPlan) => operators.flatMap(({ plan }) => [...plan.before, ...plan.after]);
const limiting = ({ admission }: PlatformPlan): string[] =>
  admission
    .filter(({ metadata }) => metadata.name.includes("-edge-"))
    .map(({ kind, metadata }) => `${kind} ${metadata.name}`);
const traefikObjects = (plan: PlatformPlan) =>
  objectsOf(plan).filter(({ apiVersion }) => apiVersion.startsWith("traefik.io/"));

describe("the plan's public routes", () => {
  const config = stackConfig(".", "prod-nl-west");
  const namespaces = planOf(config, withTraefik).suite.map(({ namespace }) => namespace);

  it("name Traefik's objects of their namespace, in every namespace of the suite", () => {
    const plan = planOf(config, withTraefik);
    const chains = traefikObjects(plan).filter(({ metadata }) => metadata.name === "platform-edge");
    assert.deepEqual(
      chains.map(({ kind, metadata }) => `${metadata.namespace ?? ""}/${kind}`).sort(),
      namespaces.flatMap((name) => [`${name}/Middleware`, `${name}/ServersTransport`]).sort(),
    );
    assert.deepEqual(
      limiting(plan),
      ["ingresses", "services", "http-routes"].flatMap((name) => [
        `MutatingAdmissionPolicy mijnbureau-platform-edge-${name}`,
        `MutatingAdmissionPolicyBinding mijnbureau-platform-edge-${name}`,
      ]),
    );
    for (const name of namespaces) assert.ok(JSON.stringify(plan.admission).includes(`'${name}'`), name);
  });

  it("are left as they are where Traefik is not there yet, and that is said", () => {
    const plan = planOf(config, cluster([]));
    assert.deepEqual([limiting(plan), traefikObjects(plan)], [[], []]);
    assert.match(plan.notices.join("\n"), /middlewares\.traefik\.io, so routes have no limits/);
    assert.doesNotMatch(planOf(config, withTraefik).notices.join("\n"), /no limits/);
  });

  it("are left as they are where the operator is off", () => {
    const operators = { ...config.operators, edge: { enabled: false } };
    const plan = planOf({ ...config, operators }, withTraefik);
    assert.deepEqual([limiting(plan), traefikObjects(plan)], [[], []]);
    assert.doesNotMatch(plan.notices.join("\n"), /no limits/);
  });

  it("get no filter where the Gateway is not Traefik's", () => {
    const operators = { ...config.operators, edge: { gatewayFilter: false } };
    const found = limiting(planOf({ ...config, operators }, withTraefik)).join("\n");
    assert.match(found, /edge-ingresses/);
    assert.doesNotMatch(found, /edge-http-routes/);
  });

  describe("on OpenShift", () => {
    const openshift: LoadedConfig = {
      ...config,
      cluster: { ...config.cluster, distribution: "openshift" },
      edge: { ...config.edge, controller: "haproxy-openshift", className: "openshift-default" },
      operators: {
        ...config.operators,
        prometheus: { enabled: false },
        edge: { requestsPerSecond: 11, sourceRanges: ["192.0.2.0/24"], sourceRangesOf: { grist: ["198.51.100.0/24"] } },
      },
    };
    // Even where somebody has installed Traefik beside the router.
    const plan = planOf(openshift, withTraefik);

    it("need no object of Traefik, and none is named", () => {
      assert.deepEqual(traefikObjects(plan), []);
      const admission = JSON.stringify(plan.admission);
      // Quotas count the kinds of Traefik too, whatever the router is.
      for (const trace of ["traefik.ingress.kubernetes.io", "kubernetescrd", "extensionRef"]) {
        assert.ok(!admission.includes(trace), trace);
      }
      assert.ok(!JSON.stringify(mijnbureauValues(openshift)).includes("kubernetescrd"));
    });

    it("have the router's annotations, with every app's own source ranges", () => {
      assert.deepEqual(limiting(plan), [
        "MutatingAdmissionPolicy mijnbureau-platform-edge-router",
        "MutatingAdmissionPolicyBinding mijnbureau-platform-edge-router",
      ]);
      const policy = JSON.stringify(plan.admission.find(({ metadata }) => metadata.name.endsWith("-edge-router")));
      for (const name of namespaces) assert.ok(policy.includes(`'${name}': {`), name);
      assert.match(policy, /'haproxy\.router\.openshift\.io\/rate-limit-connections\.rate-http': '33'/);
      assert.match(policy, /'haproxy\.router\.openshift\.io\/hsts_header'/);
      const ranges = [...policy.matchAll(/ip_allowlist': '([^']+)'/g)].map(([, range]) => range);
      assert.deepEqual([...new Set(ranges)].sort(), ["192.0.2.0/24", "198.51.100.0/24"]);
    });
  });
});
