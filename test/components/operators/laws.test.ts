import assert from "node:assert/strict";
import { label } from "../../../lib/labels";
import type { Manifest } from "../../../components/kubernetes-object";
import type { OperatorPlan } from "../../../components/operators/frame/define";
import { inOrder, scanOperators } from "../../../components/operators/frame/registry";
import { strings } from "../../../components/operators/frame/manifest";
import { secretKeys } from "../../../components/operators/frame/secrets";
import { planOperators } from "../../../components/operators/frame/stack";
import type { OperatorSettings } from "../../../config/load";
import { operatorSettings } from "../../../components/operators/frame/settings";
import { singleFlows, type Peer } from "../../../suite/flow";
import { priorityClass } from "../../../components/priority-classes";
import { everything, facts, MIRROR, mirrored, required } from "./support";

function settings(input: OperatorSettings): OperatorSettings {
  const parsed = operatorSettings(input);
  assert.ok(parsed.success, parsed.success ? "" : JSON.stringify(parsed.error.issues));
  return parsed.data;
}

const plain = planOperators(settings(required), facts).map(({ plan }) => plan);
const full = planOperators(settings(everything), facts).map(({ plan }) => plan);
const air = planOperators(settings(everything), mirrored).map(({ plan }) => plan);

const objects = (plan: OperatorPlan): Manifest[] => [...plan.before, ...plan.after];

/** Written down here on purpose, not taken from the code: the hosts that the pinned charts pull from. */
const upstream =
  /(^|[^\w.-])(docker\.io|index\.docker\.io|ghcr\.io|quay\.io|gcr\.io|mirror\.gcr\.io|registry\.k8s\.io|reg\.kyverno\.io|public\.ecr\.aws|mcr\.microsoft\.com)\//;

describe("operators: the mirror", () => {
  it("is off: values and objects name upstream registries, so that the law below can fail", () => {
    const found = plain
      .flatMap((plan) => [...strings(plan.chart?.values), ...strings(objects(plan))])
      .filter(({ value }) => upstream.test(value));
    assert.deepEqual(
      ["docker.io/", "ghcr.io/", "registry.k8s.io/"].filter(
        (registry) => !found.some(({ value }) => value.includes(registry)),
      ),
      [],
    );
  });

  for (const plan of air) {
    it(`leaves no upstream registry in ${plan.operator}`, () => {
      const named = [
        ...strings(plan.chart?.values, "values"),
        ...strings(objects(plan), "objects"),
        ...strings(plan.runtimeImages, "runtimeImages"),
      ]
        .filter(({ value }) => upstream.test(value))
        // A pattern of images that stay on the nodes; nothing is pulled.
        .filter(({ value }) => !(plan.operator === "eraser" && value.includes('"excluded"')));
      assert.deepEqual(named, []);
    });
  }

  it("gives every image of a pod in our own objects a tag, and a place in the mirror", () => {
    const images = air.flatMap((plan) => [...strings(objects(plan))].filter(({ path }) => path.endsWith(".image")));
    assert.ok(images.length > 0);
    for (const { value } of images) {
      assert.ok(value.startsWith(`${MIRROR}/`), value);
      assert.match(value, /:v?\d[\w.-]*$/);
    }
  });
});

describe("operators: placement", () => {
  const hostAgents = new Set(
    full.flatMap((plan) => plan.hostAgents.map(({ namespace, workload }) => `${namespace}/${workload}`)),
  );

  it("keeps the control plane to the named node agents", () => {
    assert.deepEqual([...hostAgents].sort(), [
      "compliance/kube-bench-master",
      "falco/falco",
      "log-agents-node/alloy-node",
      "monitoring-node/kube-prometheus-stack-prometheus-node-exporter",
    ]);
  });

  it("names none where the provider runs the control plane, but those that watch every node", () => {
    const managed = { ...facts, cluster: { ...facts.cluster, managedControlPlane: true } };
    const kubeBench = planOperators(settings(required), managed).find(({ plan }) => plan.operator === "kube-bench");
    assert.deepEqual(kubeBench?.plan.hostAgents, []);
    assert.deepEqual(
      kubeBench?.plan.after.map(({ metadata }) => metadata.name),
      ["kube-bench", "kube-bench-node"],
    );
  });

  it("uses priority classes of the platform only", () => {
    const known = new Set<string>(Object.values(priorityClass));
    for (const plan of full) {
      for (const { path, value } of [...strings(plan.chart?.values), ...strings(objects(plan))]) {
        if (/priorityClassName$/i.test(path)) assert.ok(known.has(value), `${plan.operator}: ${path} ${value}`);
      }
    }
  });
});

describe("operators: secrets", () => {
  it("hold no value, and have a producer with keys", () => {
    const sources = full.flatMap(({ secrets }) => secrets);
    assert.ok(sources.some(({ namespace, name }) => `${namespace}/${name}` === "velero/velero-object-store"));
    for (const source of sources) assert.ok(secretKeys(source).length > 0, source.name);
    const stores = full.flatMap(objects).filter(({ kind }) => kind === "Secret");
    assert.deepEqual(stores, [], "an operator must not write a Secret itself");
  });

  it("of the store and of cert-manager are made before the pods that read them", () => {
    const expected = { store: "ExternalSecret", certificate: "Certificate" } as const;
    let count = 0;
    for (const plan of full) {
      for (const { from, namespace, name } of plan.secrets) {
        if (from !== "store" && from !== "certificate") continue;
        const made = plan.before.some(
          ({ kind, metadata }) => kind === expected[from] && metadata.namespace === namespace && metadata.name === name,
        );
        assert.ok(made, `${plan.operator}: ${namespace}/${name}`);
        count++;
      }
    }
    assert.ok(count > 5);
  });

  it("are made in a namespace of the operator that reads them", () => {
    for (const plan of full) {
      const own = plan.namespaces.map(({ name }) => name);
      for (const { namespace, name } of plan.secrets)
        assert.ok(own.includes(namespace), `${plan.operator}: ${namespace}/${name}`);
    }
  });

  it("of the store have to be supplied by hand where External Secrets is off, and no ExternalSecret is left", () => {
    const off = planOperators(settings({ ...required, "external-secrets": { enabled: false } }), facts).map(
      ({ plan }) => plan,
    );
    const kinds = new Set(off.flatMap(objects).map(({ apiVersion }) => apiVersion.split("/")[0]));
    assert.ok(!kinds.has("external-secrets.io"));
    const supplied = off.flatMap(({ secretsToSupply }) => secretsToSupply.map(({ name }) => name));
    assert.ok(supplied.includes("velero-object-store"));
    assert.ok(!supplied.includes("velero-repo-credentials"), "Pulumi draws this one itself");
    assert.deepEqual(
      plain.flatMap(({ secretsToSupply }) => secretsToSupply),
      [],
    );
  });

  it("never has Velero encrypt with the password that is in its source code", () => {
    const velero = full.find(({ operator }) => operator === "velero");
    const repository = velero?.secrets.find(({ name }) => name === "velero-repo-credentials");
    assert.equal(repository?.from, "random");
    assert.ok(
      repository.lengths["repository-password"] !== undefined && repository.lengths["repository-password"] >= 32,
    );
    assert.match(repository.escrow ?? "", /outside the cluster/);
  });
});

describe("operators: namespaces", () => {
  it("belong to one operator each, and say why they are not restricted", () => {
    const seen = new Map<string, string>();
    for (const plan of full) {
      for (const namespace of plan.namespaces) {
        assert.equal(seen.get(namespace.name), undefined, namespace.name);
        seen.set(namespace.name, plan.operator);
        assert.ok(namespace.podSecurity.reason.length > 15);
      }
    }
  });

  it("are privileged only for what touches the host", () => {
    const privileged = plain.flatMap((plan) =>
      plan.namespaces.filter(({ podSecurity }) => podSecurity.level === "privileged").map(({ name }) => name),
    );
    assert.deepEqual(privileged.sort(), ["compliance", "eraser-system", "falco", "log-agents-node", "monitoring-node"]);
  });

  it("of Velero are baseline until file-system backup is asked for", () => {
    const level = (plans: OperatorPlan[]) =>
      plans.find(({ operator }) => operator === "velero")?.namespaces[0]?.podSecurity.level;
    assert.equal(level(plain), "baseline");
    assert.equal(level(full), "privileged");
  });

  it("hold every object that has a namespace, or it is one of the suite's", () => {
    const own = new Set(full.flatMap((plan) => plan.namespaces.map(({ name }) => name)));
    const suite = new Set(facts.apps.map(({ namespace }) => namespace));
    for (const object of full.flatMap(objects)) {
      const { namespace } = object.metadata;
      if (namespace !== undefined)
        assert.ok(own.has(namespace) || suite.has(namespace), `${object.kind} ${namespace}/${object.metadata.name}`);
    }
  });
});

describe("operators: flows", () => {
  const own = new Set(full.flatMap((plan) => plan.namespaces.map(({ name }) => name)));

  it("start or end in the operator's own namespaces", () => {
    for (const plan of full) {
      const mine = new Set(plan.namespaces.map(({ name }) => name));
      const isMine = (peer: Peer): boolean => peer.kind === "operator" && mine.has(peer.namespace);
      const monitors = (peer: Peer): boolean => peer.kind === "monitoring";
      for (const { from, to, why } of singleFlows(plan.flows)) {
        assert.ok(isMine(from) || isMine(to) || monitors(from), `${plan.operator}: ${why}`);
      }
    }
  });

  it("name namespaces that exist when everything is on", () => {
    for (const { from, to, why } of singleFlows(full.flatMap(({ flows }) => [...flows]))) {
      for (const peer of [from, to])
        if (peer.kind === "operator") assert.ok(own.has(peer.namespace), `${peer.namespace}: ${why}`);
    }
  });

  it("let Prometheus read every monitor's port, and nothing but the API server reach a webhook from outside", () => {
    for (const plan of full) {
      const flows = singleFlows(plan.flows);
      for (const monitor of plan.monitors) {
        const open = flows.some(
          ({ from, to, ports }) =>
            from.kind === "monitoring" &&
            ((to.kind === "operator" && to.namespace === monitor.namespace) || to.kind === "nodes") &&
            (ports ?? []).includes(monitor.port),
        );
        assert.ok(open, `${plan.operator}: no flow to ${monitor.scrapes} on ${monitor.port}`);
      }
      for (const { to, from, why } of flows) {
        if (to.kind === "operator" && from.kind === "address")
          assert.fail(`${plan.operator}: ${why} comes from outside`);
      }
    }
  });

  it("reach the configured object store by its range, not the whole internet", () => {
    const velero = plain.find(({ operator }) => operator === "velero");
    const stores = singleFlows(velero?.flows ?? []).filter(({ to }) => to.kind === "address");
    assert.ok(stores.length > 0);
    for (const { to } of stores) assert.ok(to.kind === "address" && to.cidrs?.includes("203.0.113.0/28"));
  });
});

describe("operators: each alone", () => {
  const all = inOrder(scanOperators());

  for (const operator of all.filter(({ prerequisite }) => prerequisite?.apiServices !== undefined)) {
    it(`${operator.name}: its own APIService is known by its label, or a second run would take it for the cluster's`, () => {
      const { chart } = operator.plan(
        { ...facts, capabilities: new Set(), operatorNamespaces: [] },
        operator.schema.parse({ install: "always" }),
      );
      assert.deepEqual(chart?.values["commonLabels"], { [label.managed]: "true" });
    });
  }

  for (const { name, prerequisite } of all) {
    it(`${name} can be turned off, or the stack says what needs it`, () => {
      const off = prerequisite === undefined ? { enabled: false } : { install: "never" };
      try {
        const planned = planOperators(settings({ ...required, [name]: off }), facts);
        assert.ok(!planned.some(({ plan }) => plan.operator === name));
        for (const { after } of planned) assert.ok(!after.includes(name));
      } catch (error) {
        assert.match(
          error instanceof Error ? error.message : "",
          new RegExp(`operators\\.[a-z-]+: needs [a-z-]+, which nothing in this stack provides. Turn ${name} on`),
        );
      }
    });

    it(`${name} can be the only one that is on`, () => {
      const others = Object.fromEntries(
        all
          .filter((other) => other.name !== name)
          .map((other) => [other.name, other.prerequisite === undefined ? { enabled: false } : { install: "never" }]),
      );
      const on = prerequisite === undefined ? { ...asObject(everything[name]), enabled: true } : { install: "always" };
      const present = {
        crds: new Set([
          "certificates.cert-manager.io",
          "objectstores.barmancloud.cnpg.io",
          "volumesnapshots.snapshot.storage.k8s.io",
        ]),
        apiServices: new Set<string>(),
      };
      const planned = planOperators(settings({ ...others, [name]: on }), { ...facts, present });
      assert.deepEqual(
        planned.map(({ plan }) => plan.operator),
        [name],
      );
    });
  }
});

function asObject(value: unknown): object {
  return typeof value === "object" && value !== null ? value : {};
}

describe("operators: the same input gives the same plan", () => {
  it("twice", () => {
    assert.deepEqual(
      planOperators(settings(everything), facts).map(({ plan }) => plan),
      full,
    );
  });
});
