import assert from "node:assert/strict";
import * as k8s from "@pulumi/kubernetes";
import { SecureNamespace } from "../../../components/namespace/secure-namespace";
import { one, registrations, type Registered } from "../registrations";
import { appKeys, apps } from "../../../suite/apps";
import { label, podSecurityLabel } from "../../../lib/labels";
import { namespaceLabels } from "../../../components/namespace/labels";
import { containerDefaults, limitRange, resourceQuota } from "../../../components/namespace/limits";
import { deployerRules, namespaceAccess, viewerRules } from "../../../components/namespace/rbac";

const identity = {
  role: "suite",
  component: "docs",
  owner: "team",
  dataClassification: "confidential",
  backupTier: "critical",
  holdsData: true,
  podSecurity: { level: "restricted", version: "v1.33" },
} as const;

/** Bytes or millicores of a quantity. */
function amount(quantity: string): number {
  const [, value = "", unit = ""] = /^(\d+(?:\.\d+)?)(m|Ki|Mi|Gi|Ti)?$/.exec(quantity) ?? [];
  const factor = { "": 1, m: 1e-3, Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30, Ti: 2 ** 40 }[unit];
  assert(factor !== undefined && value !== "", quantity);
  return Number(value) * factor;
}

describe("secure namespace component", () => {
  const register = (holdsData: boolean): Promise<Registered[]> =>
    registrations(() => {
      const first = new k8s.core.v1.ConfigMap("first", {});
      const policy = { apiVersion: "networking.k8s.io/v1", kind: "NetworkPolicy", spec: { podSelector: {} } };
      new SecureNamespace(
        "docs",
        {
          namespace: "mijnbureau-docs",
          identity: { ...identity, holdsData },
          limits: [],
          networkPolicies: [{ ...policy, metadata: { name: "default-deny", namespace: "mijnbureau-docs" } }],
        },
        { dependsOn: [first] },
      );
    });
  const isNamespace = ({ type }: Registered): boolean => type === "kubernetes:core/v1:Namespace";
  const isPolicy = ({ type }: Registered): boolean => type.endsWith(":NetworkPolicy");

  it("keeps a namespace that holds data, and nothing but the namespace", async () => {
    for (const holdsData of [true, false]) {
      const all = await register(holdsData);
      assert.equal(one(all, isNamespace, "namespaces").retainOnDelete, holdsData);
      assert.equal(one(all, isPolicy, "policies").retainOnDelete, false);
      // Protection is inherited by children and makes `pulumi destroy` fail.
      assert.ok(all.every(({ protect }) => !protect));
    }
  });

  it("waits for what the component waits for, and lets everything inside wait for the namespace", async () => {
    const all = await register(true);
    const namespace = one(all, isNamespace, "namespaces");
    assert.ok(namespace.dependencies.some((urn) => urn.endsWith("::first")));
    for (const inside of all.filter(({ type }) => /:(NetworkPolicy|ServiceAccountPatch)$/.test(type))) {
      assert.ok(
        inside.dependencies.some((urn) => urn.endsWith("Namespace::docs")),
        inside.name,
      );
    }
  });

  it("gives the default account no token", async () => {
    const account = one(await register(true), ({ type }) => type.endsWith(":ServiceAccountPatch"), "accounts");
    assert.equal(account.inputs["automountServiceAccountToken"], false);
    assert.equal(account.retainOnDelete, true, "deleting the patch would give the token back before the pods are gone");
  });
});

describe("secure namespace", () => {
  it("pins enforce, audit and warn to one level and version", () => {
    const labels = namespaceLabels(identity);
    const { enforce, audit, warn, enforceVersion, auditVersion, warnVersion } = podSecurityLabel;
    assert.deepEqual(
      [enforce, audit, warn].map((key) => labels[key]),
      ["restricted", "restricted", "restricted"],
    );
    assert.deepEqual(
      [enforceVersion, auditVersion, warnVersion].map((key) => labels[key]),
      ["v1.33", "v1.33", "v1.33"],
    );
  });

  it("marks namespaces that hold data, and only those", () => {
    assert.equal(namespaceLabels(identity)[label.holdsData], "true");
    assert.equal(label.holdsData in namespaceLabels({ ...identity, holdsData: false }), false);
  });

  it("uses label values that Kubernetes accepts", () => {
    for (const value of Object.values(namespaceLabels(identity))) {
      assert.match(value, /^([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?$/);
      assert(value.length <= 63);
    }
  });

  for (const key of appKeys) {
    it(`sizes ${key} so that defaults fit below the ceiling and a container below the quota`, () => {
      const { size } = apps[key];
      const hard = JSON.parse(JSON.stringify(resourceQuota("n", size)["spec"])) as { hard: Record<string, string> };
      const range = JSON.parse(JSON.stringify(limitRange("n", size)["spec"])) as {
        limits: { type: string; max: Record<string, string>; default?: Record<string, string> }[];
      };
      const container = range.limits.find(({ type }) => type === "Container");
      assert(container?.default);
      for (const resource of ["cpu", "memory"] as const) {
        const most = amount(container.max[resource] ?? "");
        assert(amount(containerDefaults.request[resource]) <= amount(containerDefaults.limit[resource]));
        assert(amount(container.default[resource] ?? "") <= most);
        assert(most <= amount(hard.hard[`limits.${resource}`] ?? ""));
        assert(amount(hard.hard[`requests.${resource}`] ?? "") <= amount(hard.hard[`limits.${resource}`] ?? ""));
      }
    });
  }

  it("gives the deployer nothing that guards the platform", () => {
    const rules = deployerRules("nonroot-v2");
    const verbs = new Set(rules.flatMap((rule) => rule.verbs));
    for (const verb of ["escalate", "bind", "impersonate", "deletecollection", "*"]) assert(!verbs.has(verb), verb);
    const writable = rules.filter((rule) => rule.verbs.includes("create")).flatMap((rule) => rule.resources);
    for (const resource of ["resourcequotas", "limitranges", "namespaces", "serviceaccounts/token", "pods/exec", "*"]) {
      assert(!writable.includes(resource), resource);
    }
    assert(rules.every((rule) => !rule.apiGroups.includes("*")));
  });

  it("lets viewers read anything but Secrets, and change nothing", () => {
    assert(viewerRules.every((rule) => rule.verbs.every((verb) => ["get", "list", "watch"].includes(verb))));
    assert(!viewerRules.some((rule) => rule.resources.includes("secrets")));
  });

  it("binds groups only where the stack names them", () => {
    const bindings = (viewers: string[]) =>
      namespaceAccess("n", { deployers: [], viewers }).filter(({ kind }) => kind === "RoleBinding").length;
    assert.equal(bindings([]), 1);
    assert.equal(bindings(["readers"]), 2);
  });
});
