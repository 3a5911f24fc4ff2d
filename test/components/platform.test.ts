import assert from "node:assert/strict";
import { preflight } from "../../components/cluster/facts";
import { expectationsOf } from "../../components/expectations";
import { planPlatform } from "../../components/plan";
import { stackConfig as configOf } from "../../components/stack-file";
import type { LoadedConfig } from "../../config/load";
import { label } from "../../lib/labels";
import { DAY, emptyCluster } from "../snapshots/stack";
import { assertMatches } from "../support/match";

const stackConfig = (stack: string): LoadedConfig => configOf(".", stack);

describe("the platform's plan", () => {
  it("is the same for the same configuration", () => {
    const [once, again] = [1, 2].map(() => JSON.stringify(planPlatform(stackConfig("dev"), emptyCluster, DAY)));
    assert.equal(once, again);
  });

  it("gives every namespace default deny, a quota, a limit range and all three Pod Security modes", () => {
    const plan = planPlatform(stackConfig("prod-nl-west"), emptyCluster, DAY);
    const namespaces = [...plan.suite, ...plan.operators.flatMap((operator) => operator.namespaces)];
    const names = namespaces.map(({ namespace }) => namespace);
    assert.deepEqual(
      ["mijnbureau-docs", "velero", "monitoring"].filter((name) => !names.includes(name)),
      [],
    );
    for (const { namespace, limits, networkPolicies, identity } of namespaces) {
      assert.deepEqual([...new Set(limits.map(({ kind }) => kind))].sort(), ["LimitRange", "ResourceQuota"], namespace);
      const deny = networkPolicies.filter(({ metadata }) => metadata.name === "default-deny");
      assert.equal(deny.length, 1, namespace);
      assert.deepEqual(JSON.parse(JSON.stringify(deny[0]?.["spec"])), {
        podSelector: {},
        policyTypes: ["Ingress", "Egress"],
      });
      assert.match(identity.podSecurity.version, /^v1\.\d+$/);
    }
  });

  it("puts the platform's label on every object that it owns", () => {
    const plan = planPlatform(stackConfig("prod-nl-west"), emptyCluster, DAY);
    const objects = [
      ...plan.guards,
      ...plan.admission,
      ...plan.rules,
      ...plan.priorityClasses,
      ...plan.suite.flatMap(({ limits, networkPolicies, objects: more }) => [
        ...limits,
        ...networkPolicies,
        ...(more ?? []),
      ]),
    ];
    for (const { kind, metadata } of objects)
      assert.equal(metadata.labels?.[label.managed], "true", `${kind} ${metadata.name}`);
  });

  it("has no trace of an app that is off", () => {
    const config = stackConfig("dev");
    const without: LoadedConfig = {
      ...config,
      apps: { ...config.apps, grist: { ...config.apps.grist, enabled: false } },
    };
    assert.match(JSON.stringify(planPlatform(config, emptyCluster, DAY)), /mijnbureau-grist/);
    assert.doesNotMatch(JSON.stringify(planPlatform(without, emptyCluster, DAY)), /mijnbureau-grist/);
  });

  it("keeps the suite at restricted whatever the operators need", () => {
    const { suite } = planPlatform(stackConfig("dev"), emptyCluster, DAY);
    assert(suite.every(({ identity }) => identity.podSecurity.level === "restricted"));
  });

  it("leaves expired exemptions out of the API server's policies", () => {
    const config = { ...stackConfig("dev"), operatorExemptions: { expires: "2027-06-30" } };
    const exempted = (today: string): boolean =>
      planPlatform(config, emptyCluster, today).rules.some((rule) => JSON.stringify(rule).includes("'falco'"));
    assert.equal(exempted("2027-06-30"), true);
    assert.equal(exempted("2027-07-01"), false);
  });
});

describe("preflight", () => {
  const expected = expectationsOf(stackConfig("prod-nl-west"), emptyCluster);

  it("accepts a cluster that has everything", () => {
    assert.deepEqual(preflight(expected, emptyCluster).errors, []);
  });

  it("says which of everything is missing, all at once", () => {
    const { errors } = preflight(
      {
        ...expected,
        podSecurityVersion: "v1.37",
        runtimeHandlers: [{ key: "apps.grist.runtimeClass", handler: "runsc" }],
      },
      {
        ...emptyCluster,
        version: "v1.29.4",
        daemonSets: ["kube-flannel-ds"],
        admissionResources: ["mutatingwebhookconfigurations"],
        namespaces: new Map([["mijnbureau-docs", false]]),
        nodes: [
          { name: "n", zone: "z", controlPlane: false, architecture: "amd64", labels: {}, runtimeHandlers: ["runc"] },
        ],
      },
    );
    const wanted = [
      /v1\.29\.4 is older/,
      /podSecurity\.version/,
      /validatingadmissionpolicies/,
      /flannel does not enforce/,
      /mijnbureau-docs" exists/,
      /runsc/,
    ];
    assertMatches(errors, wanted);
  });

  it("refuses an operator that somebody else installed, by what a chart of theirs makes and not by what controllers do", () => {
    const webhook = (name: string, release?: string) => ({
      kind: "ValidatingWebhookConfiguration",
      name,
      ...(release === undefined ? {} : { release: { name: release, namespace: "theirs" } }),
    });
    const found = (...foreign: ReturnType<typeof webhook>[]): readonly string[] =>
      preflight(expected, { ...emptyCluster, foreign }).errors;
    // Kyverno registers it when it starts, so it is there at every second `pulumi up` of ours.
    assert.deepEqual(found(webhook("kyverno-policy-validating-webhook-cfg")), []);
    assertMatches(found(webhook("kyverno-cleanup", "kyverno"), webhook("cert-manager-webhook")), [
      /^operators\.kyverno: installed already.* \(Helm release kyverno in namespace theirs\)/,
      /^operators\.cert-manager: installed already.*ValidatingWebhookConfiguration cert-manager-webhook/,
    ]);
  });

  it("takes Canal for a plugin that enforces policies", () => {
    const facts = { ...emptyCluster, daemonSets: ["kube-flannel-ds", "calico-node"] };
    assert.deepEqual(preflight(expected, facts).errors, []);
  });
});
