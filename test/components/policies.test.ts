import assert from "node:assert/strict";
import { stackConfig } from "../../components/stack-file";
import { operatorFacts } from "../../components/operator-facts";
import { planOperators } from "../../components/operators/frame/stack";
import { effectivePolicies } from "../../components/policies";
import type { LoadedConfig } from "../../config/load";
import { projectRoot } from "../../embedded/toolchain";
import { Engine, readObject } from "../../policypack/engine/engine";
import { loadRules } from "../../policypack/engine/load";
import { profiles } from "../../config/policies";

describe("the stack's policies", () => {
  const dev = stackConfig(projectRoot(), "dev");

  /** How often a rule refuses an object of the suite, where the stack is configured like this. */
  const violations = (rule: string, config: LoadedConfig, raw: object): number => {
    const rules = loadRules().filter(({ id }) => id === rule);
    const object = readObject(raw);
    assert.ok(object !== undefined && rules.length === 1);
    const settings = effectivePolicies(config, []);
    const active = { ...settings, rules: { [rule]: { ...settings.rules[rule], level: "mandatory" as const } } };
    return new Engine(rules, active, "2026-06-01").judge(object, { role: "suite" }).length;
  };

  it("have no exemption for operators of a rule that is off, which would count as unused", () => {
    const none = { customResources: new Map<string, boolean>(), apiServices: new Map<string, boolean>() };
    const plans = planOperators(dev.operators, operatorFacts(dev, none)).map(({ plan }) => plan);
    const rules = new Map(loadRules().map(({ id, definition }) => [id, definition]));
    const counts = profiles.map((profile) => {
      const settings = effectivePolicies({ ...dev, policies: { ...dev.policies, profile } }, plans);
      for (const { rule } of settings.exemptions) assert.notEqual(rules.get(rule)?.levels[profile], "off", rule);
      return settings.exemptions.length;
    });
    assert.ok(counts.every((count) => count > 0));
    assert.notEqual(counts[0], counts.at(-1), "no profile has a rule off that an operator needs an exemption of");
    const rule = plans.flatMap(({ exemptions }) => exemptions)[0]?.rule ?? "";
    const off = { ...dev, policies: { ...dev.policies, rules: { [rule]: { level: "off" as const } } } };
    assert.ok(!effectivePolicies(off, plans).exemptions.some((exemption) => exemption.rule === rule));
  });

  const edge = (changes: Partial<LoadedConfig["edge"]>): LoadedConfig => ({
    ...dev,
    edge: { ...dev.edge, ...changes },
  });

  it("let routes attach to the stack's Gateway only, where the suite is published through one", () => {
    const gateway = { name: "edge.v2", namespace: "traefik" };
    const refused = (routing: "ingress" | "gateway", parent: { name: string; namespace: string }): number =>
      violations("exposure/route-parent", edge({ routing, gateway }), {
        apiVersion: "gateway.networking.k8s.io/v1",
        kind: "HTTPRoute",
        metadata: { name: "docs", namespace: "mijnbureau-docs" },
        spec: { parentRefs: [parent] },
      });
    assert.equal(refused("gateway", { name: "edge.v2", namespace: "traefik" }), 0);
    assert.equal(refused("gateway", { name: "edge-v2", namespace: "traefik" }), 1);
    assert.equal(refused("gateway", { name: "edge.v2", namespace: "elsewhere" }), 1);
    assert.equal(refused("ingress", { name: "edge.v2", namespace: "elsewhere" }), 0);
  });

  const service = (name: string, namespace: string) => ({
    apiVersion: "v1",
    kind: "Service",
    metadata: { name, namespace },
    spec: { type: "LoadBalancer", ports: [{ port: 443 }] },
  });

  it("let LiveKit have its load balancers, in its own namespace, where it is there", () => {
    const stack = (enabled: boolean, turn: boolean): LoadedConfig => ({
      ...dev,
      apps: { ...dev.apps, livekit: { ...dev.apps.livekit, enabled, namespace: "video" } },
      network: { ...dev.network, livekit: { ...dev.network.livekit, turn } },
    });
    const refused = (config: LoadedConfig, name: string, namespace = "video") =>
      violations("exposure/load-balancer", config, service(name, namespace));
    assert.equal(refused(stack(true, false), "livekit-livekit-server"), 0);
    assert.equal(refused(stack(true, false), "livekit-livekit-server", "mijnbureau-docs"), 1);
    assert.equal(refused(stack(true, false), "turn-livekit-server"), 1);
    assert.equal(refused(stack(true, true), "turn-livekit-server"), 0);
    assert.equal(refused(stack(false, true), "livekit-livekit-server"), 1);
  });

  const ingress = (annotations: Readonly<Record<string, string>>) => ({
    apiVersion: "networking.k8s.io/v1",
    kind: "Ingress",
    metadata: { name: "docs", namespace: "mijnbureau-docs", annotations },
    spec: { rules: [{ host: "docs.example.nl" }] },
  });

  it("take certificates from the stack's issuer, where it names one", () => {
    const refused = (clusterIssuer: string | undefined, issuer: string) =>
      violations(
        "exposure/certificate-issuer",
        edge(clusterIssuer === undefined ? {} : { clusterIssuer }),
        ingress({ "cert-manager.io/cluster-issuer": issuer }),
      );
    assert.equal(refused("public", "public"), 0);
    assert.equal(refused("public", "platform-internal"), 0);
    assert.equal(refused("public", "letsencrypt"), 1);
    assert.equal(refused(undefined, "letsencrypt"), 0);
  });

  it("let an Ingress name the stack's entry points only", () => {
    const refused = (entryPoints: string[], named: string) =>
      violations(
        "exposure/ingress-redirect",
        edge({ entryPoints }),
        ingress({ "traefik.ingress.kubernetes.io/router.entrypoints": named }),
      );
    assert.equal(refused(["websecure"], "websecure"), 0);
    assert.equal(refused(["websecure"], "public"), 1);
    assert.equal(refused(["public"], "public"), 0);
    assert.equal(refused(["public"], "websecure"), 1);
  });

  it("let volumes be of the stack's classes only, claimed or made with a pod", () => {
    const stack: LoadedConfig = { ...dev, storage: { ...dev.storage, default: "encrypted", allowed: ["fast"] } };
    const claim = (storageClassName: string) => ({ accessModes: ["ReadWriteOnce"], storageClassName });
    const volume = (name: string) => ({ name: "tmp", ephemeral: { volumeClaimTemplate: { spec: claim(name) } } });
    const metadata = { name: "data", namespace: "mijnbureau-docs" };
    const refused = (name: string) => [
      violations("storage/encrypted-class", stack, {
        apiVersion: "v1",
        kind: "PersistentVolumeClaim",
        metadata,
        spec: claim(name),
      }),
      violations("storage/encrypted-ephemeral-volume", stack, {
        apiVersion: "v1",
        kind: "Pod",
        metadata,
        spec: { containers: [{ name: "main", image: "example.org/app:1" }], volumes: [volume(name)] },
      }),
    ];
    assert.deepEqual(refused("encrypted"), [0, 0]);
    assert.deepEqual(refused("fast"), [0, 0]);
    assert.deepEqual(refused("standard"), [1, 1]);
  });

  it("keep egress to the internet away from the cluster's own ranges, whatever these are", () => {
    const refused = (podCidrs: string[], ...except: string[]) =>
      violations(
        "network/egress-private-ranges",
        { ...dev, network: { ...dev.network, podCidrs } },
        {
          apiVersion: "networking.k8s.io/v1",
          kind: "NetworkPolicy",
          metadata: { name: "internet", namespace: "mijnbureau-docs" },
          spec: {
            podSelector: {},
            policyTypes: ["Egress"],
            egress: [{ to: [{ ipBlock: { cidr: "0.0.0.0/0", except } }] }],
          },
        },
      );
    const privates = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"];
    assert.equal(refused(["10.1.0.0/16"], ...privates), 0);
    assert.equal(refused(["100.64.0.0/16"], ...privates), 1);
    assert.equal(refused(["100.64.0.0/16"], ...privates, "100.64.0.0/10"), 0);
    assert.equal(refused(["10.1.0.0/16"], "172.16.0.0/12", "192.168.0.0/16"), 1);
  });

  it("let pods run under the classes that the stack's apps are given", () => {
    const stack = (runtimeClass: string): LoadedConfig => ({
      ...dev,
      apps: { ...dev.apps, docs: { ...dev.apps.docs, runtimeClass } },
    });
    const pod = (runtimeClassName: string) => ({
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "docs", namespace: "mijnbureau-docs" },
      spec: { runtimeClassName, containers: [{ name: "main", image: "example.org/app:1" }] },
    });
    assert.equal(violations("workload/runtime-class", stack("kata-qemu-snp"), pod("kata-qemu-snp")), 0);
    assert.equal(violations("workload/runtime-class", dev, pod("kata-qemu-snp")), 1);
    assert.equal(violations("workload/runtime-class", stack("kata-qemu-snp"), pod("gvisor")), 0);
  });

  it("let what the stack sets itself win", () => {
    const rules = { "exposure/load-balancer": { parameters: { allowed: ["mijnbureau-docs/mine"] } } };
    const stack: LoadedConfig = { ...dev, policies: { ...dev.policies, rules } };
    assert.equal(violations("exposure/load-balancer", stack, service("mine", "mijnbureau-docs")), 0);
    const { namespace } = dev.apps.livekit;
    assert.equal(violations("exposure/load-balancer", stack, service("livekit-livekit-server", namespace)), 1);
  });
});
