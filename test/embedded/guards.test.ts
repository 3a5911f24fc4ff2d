import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { guardManifests } from "../../components/admission/guards";
import { permissiveCrd } from "../../components/crds/stand-in";
import { managedLabels } from "../../components/namespace/labels";
import { priorityQuota } from "../../components/namespace/limits";
import { priorityClass, priorityClassManifests } from "../../components/priority-classes";
import { deployerRules, DEPLOYER } from "../../components/namespace/rbac";
import { label } from "../../lib/labels";
import { clusterReset, clusterUp } from "../../embedded/cluster";
import { ApiError, at, KubeClient, type KubeObject } from "../../lib/kube/client";
import { COMPONENTS } from "../../embedded/cluster/components";
import { sleep } from "../../embedded/cluster/files";
import { needTools } from "../support/needs";

const NAMESPACE = "suite-docs";
const OTHERS = "id.example.nl";
const OWN = "docs.example.nl";

const guards = guardManifests({
  deployerGroups: ["deployers"],
  hosts: { [OTHERS]: "suite-keycloak", [OWN]: NAMESPACE },
  domain: "example.nl",
  clusterDomain: "cluster.local",
  edgeClass: "traefik",
  gatewayNamespace: "suite-gateway",
  runtimeClasses: {},
  metricsPaths: ["/metrics"],
  hasIssuer: true,
});

const policy = (name: string, labels: Readonly<Record<string, string>> = {}): KubeObject => ({
  apiVersion: "networking.k8s.io/v1",
  kind: "NetworkPolicy",
  metadata: { name, namespace: NAMESPACE, labels },
  spec: { podSelector: {}, policyTypes: ["Ingress"] },
});

const binding = (name: string, subject: object): KubeObject => ({
  apiVersion: "rbac.authorization.k8s.io/v1",
  kind: "RoleBinding",
  metadata: { name, namespace: NAMESPACE },
  roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: DEPLOYER },
  subjects: [subject],
});

const ingress = (
  host: string,
  extra: { tls?: string; path?: string; annotations?: Readonly<Record<string, string>> } = {},
): KubeObject => ({
  apiVersion: "networking.k8s.io/v1",
  kind: "Ingress",
  metadata: { name: "route", namespace: NAMESPACE, ...(extra.annotations && { annotations: extra.annotations }) },
  spec: {
    ...(extra.tls && { tls: [{ hosts: [extra.tls], secretName: "tls" }] }),
    rules: [
      {
        host,
        http: {
          paths: [
            {
              path: extra.path ?? "/",
              pathType: "ImplementationSpecific",
              backend: { service: { name: "web", port: { number: 80 } } },
            },
          ],
        },
      },
    ],
  },
});

const custom = (apiVersion: string, kind: string, spec: object, namespace = NAMESPACE): KubeObject => ({
  apiVersion,
  kind,
  metadata: { name: "route", namespace },
  spec,
});

describe("the platform's guards on a real API server", function () {
  this.timeout(300_000);
  let dir = "";
  let admin: KubeClient;

  const dryRun = (client: KubeClient, object: KubeObject): Promise<unknown> =>
    client.apply(object, { dryRun: true, force: true });

  async function refusal(work: Promise<unknown>): Promise<string> {
    try {
      await work;
    } catch (error) {
      if (error instanceof ApiError) return error.message;
      throw error;
    }
    return "";
  }

  before(async function () {
    this.timeout(5 * 60_000);
    dir = mkdtempSync(join(tmpdir(), "guards-"));
    const cluster = await clusterUp({ dir, binaries: await needTools(this, ...COMPONENTS) });
    admin = KubeClient.fromKubeconfig(cluster.kubeconfig);
    const crds = ["cert-manager.io/v1 Certificate certificates", "gateway.networking.k8s.io/v1 HTTPRoute httproutes"];
    for (const line of [...crds, "gateway.networking.k8s.io/v1 Gateway gateways"]) {
      await admin.apply({ ...permissiveCrd(line) }, { force: true });
    }
    const meta = (name: string): KubeObject["metadata"] => ({ name, namespace: NAMESPACE, labels: managedLabels });
    const objects: KubeObject[] = [
      ...[NAMESPACE, "suite-gateway"].map((name) => ({
        apiVersion: "v1",
        kind: "Namespace",
        metadata: { name, labels: { ...managedLabels, [label.role]: "suite" } },
      })),
      { apiVersion: "v1", kind: "ServiceAccount", metadata: meta(DEPLOYER) },
      { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "ghost", namespace: NAMESPACE } },
      {
        apiVersion: "rbac.authorization.k8s.io/v1",
        kind: "Role",
        metadata: meta(DEPLOYER),
        rules: deployerRules(),
      },
      binding("deployer", { kind: "ServiceAccount", name: DEPLOYER, namespace: NAMESPACE }),
      policy("default-deny", managedLabels),
      priorityQuota(NAMESPACE),
      ...priorityClassManifests(),
      ...guards,
    ];
    for (const object of objects) await admin.apply(object, { force: true });
    // The API server takes policies up together, once a second: with the last one all of them are in force.
    const last = {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "large", namespace: NAMESPACE },
      data: { a: "x".repeat(512 * 1024) },
    };
    for (let tries = 0; (await refusal(dryRun(asDeployer(), last))) === ""; tries++) {
      assert(tries < 60, "the policies do not take effect");
      await sleep(500);
    }
  });

  after(async () => {
    admin.close();
    await clusterReset({ dir });
    rmSync(dir, { recursive: true, force: true });
  });

  const asDeployer = (): KubeClient => admin.asServiceAccount(NAMESPACE, DEPLOYER);

  it("type-check", async () => {
    for (const object of guards.filter(({ kind }) => kind === "ValidatingAdmissionPolicy")) {
      const { name = "" } = object.metadata;
      const found = await admin.get({ apiVersion: object.apiVersion, kind: object.kind, name });
      assert.deepEqual(at(found, "status", "typeChecking", "expressionWarnings") ?? [], []);
    }
  });

  describe("keep off the platform's objects", () => {
    const target = { apiVersion: "networking.k8s.io/v1", kind: "NetworkPolicy", name: "default-deny" };
    const attacks: readonly (readonly [string, (client: KubeClient) => Promise<unknown>])[] = [
      ["delete", (client) => client.delete({ ...target, namespace: NAMESPACE }, { dryRun: true })],
      [
        "patch",
        (client) =>
          client.patch({ ...target, namespace: NAMESPACE }, { spec: { policyTypes: ["Egress"] } }, { dryRun: true }),
      ],
      [
        "take the label off",
        (client) =>
          client.patch(
            { ...target, namespace: NAMESPACE },
            { metadata: { labels: { [label.managed]: null } } },
            { dryRun: true },
          ),
      ],
      ["apply with force", (client) => dryRun(client, policy("default-deny"))],
      ["make one", (client) => dryRun(client, policy("open", managedLabels))],
    ];

    const actors: readonly (readonly [string, () => KubeClient, object | undefined])[] = [
      ["the deployer", () => asDeployer(), undefined],
      [
        "an account that the deployer has made",
        () => admin.asServiceAccount(NAMESPACE, "ghost"),
        { kind: "ServiceAccount", name: "ghost", namespace: NAMESPACE },
      ],
      [
        "a user with the deployer's rights",
        () => admin.impersonate("eve", ["system:authenticated"]),
        { kind: "User", apiGroup: "rbac.authorization.k8s.io", name: "eve" },
      ],
    ];

    for (const [who, client, subject] of actors) {
      for (const [what, attack] of attacks) {
        it(`${who} cannot ${what}`, async () => {
          if (subject !== undefined) await admin.apply(binding("handed-on", subject), { force: true });
          assert.equal(await refusal(dryRun(client(), policy("own"))), "", "has the deployer's rights otherwise");
          assert.match(await refusal(attack(client())), /belongs to the platform|reserved for the platform/);
        });
      }
    }

    it("lets those through who have the right in every namespace, controllers above all", async () => {
      const collector = admin.asServiceAccount("kube-system", "generic-garbage-collector");
      assert.equal(await refusal(collector.delete({ ...target, namespace: NAMESPACE }, { dryRun: true })), "");
      assert.equal(await refusal(dryRun(admin, policy("default-deny", managedLabels))), "");
    });

    it("refuses members of the deployers' groups whatever else they may do", async () => {
      const member = admin.impersonate("alice", ["deployers", "system:masters"]);
      assert.match(await refusal(dryRun(member, policy("default-deny"))), /belongs to the platform/);
    });
  });

  it("lets no pod of an app rank above the controllers of the platform", async () => {
    const pod = (priorityClassName: string): KubeObject => ({
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "ranked", namespace: NAMESPACE },
      spec: { priorityClassName, containers: [{ name: "main", image: "registry.example.nl/image:1" }] },
    });
    // The quota counts once its controller has seen it.
    for (let tries = 0; tries < 60; tries++) {
      if (/exceeded quota/.test(await refusal(asDeployer().create(pod(priorityClass.critical), { dryRun: true }))))
        break;
      await sleep(500);
    }
    for (const name of [
      "system-node-critical",
      "system-cluster-critical",
      priorityClass.critical,
      priorityClass.node,
    ]) {
      assert.match(
        await refusal(asDeployer().create(pod(name), { dryRun: true })),
        /exceeded quota: platform-priority/,
        name,
      );
    }
    assert.equal(await refusal(asDeployer().create(pod(priorityClass.standard), { dryRun: true })), "");
  });

  describe("leave every host to its app", () => {
    const refused: readonly (readonly [string, KubeObject])[] = [
      ["a rule of an Ingress", ingress(OTHERS)],
      ["a certificate of an Ingress", ingress(OWN, { tls: OTHERS })],
      ["a wildcard", ingress("*.example.nl")],
      ["a wildcard certificate of an Ingress", ingress(OWN, { tls: "*.example.nl" })],
      ["an HTTPRoute", custom("gateway.networking.k8s.io/v1", "HTTPRoute", { hostnames: [OWN, OTHERS], rules: [{}] })],
      [
        "a Gateway's listener",
        custom("gateway.networking.k8s.io/v1", "Gateway", {
          gatewayClassName: "traefik",
          listeners: [{ hostname: OWN }, { hostname: OTHERS }],
        }),
      ],
      ["a Certificate", custom("cert-manager.io/v1", "Certificate", { dnsNames: [OWN, "ID.example.nl"] })],
      ["a Certificate's common name", custom("cert-manager.io/v1", "Certificate", { commonName: OTHERS })],
    ];
    for (const [what, object] of refused) {
      it(`refuses another app's host in ${what}`, async () => {
        assert.match(
          await refusal(dryRun(asDeployer(), object)),
          /is not this namespace's own|for the app's own hosts/,
        );
      });
    }

    it("refuses what Traefik would put into a rule as it is", async () => {
      const path = "/`) || Host(`id.example.nl";
      const annotations = { "traefik.ingress.kubernetes.io/router.pathmatcher": "PathPrefix" };
      for (const object of [ingress(OWN, { path }), ingress(OWN, { annotations })]) {
        assert.match(await refusal(dryRun(asDeployer(), object)), /can match other hosts/);
      }
    });

    const admitted: readonly (readonly [string, KubeObject])[] = [
      ["its own host", ingress(OWN, { tls: OWN })],
      ["a host of nobody in the suite", ingress("docs.elsewhere.example")],
      ["its own host in an HTTPRoute", custom("gateway.networking.k8s.io/v1", "HTTPRoute", { hostnames: [OWN] })],
      ["its own Certificate", custom("cert-manager.io/v1", "Certificate", { dnsNames: [OWN] })],
    ];
    for (const [what, object] of admitted) {
      it(`admits ${what}`, async () => {
        assert.equal(await refusal(dryRun(asDeployer(), object)), "");
      });
    }

    it("admits every host in the namespace of the shared Gateway", async () => {
      const listeners = [{ name: "id", hostname: OTHERS }];
      const gateway = custom("gateway.networking.k8s.io/v1", "Gateway", { listeners }, "suite-gateway");
      assert.equal(await refusal(dryRun(admin, gateway)), "");
    });
  });
});
