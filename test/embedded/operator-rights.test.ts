import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { operatorGuards } from "../../components/admission/operator-guards";
import { managedLabels } from "../../components/namespace/labels";
import { delegatedBindings, userOf } from "../../components/operators/frame/accounts";
import { workPlaces } from "../../components/operators/frame/work-places";
import { label } from "../../lib/labels";
import { clusterReset, clusterUp } from "../../embedded/cluster";
import { ApiError, at, isKubeObject, KubeClient, type KubeObject } from "../../lib/kube/client";
import { COMPONENTS } from "../../embedded/cluster/components";
import { sleep } from "../../embedded/cluster/files";
import { applyAll } from "../attacks/platform";
import { podOf, render, workloads } from "../components/operators/rendered";
import { runtimeWorkloads } from "../components/operators/runtime-workloads";
import { facts } from "../components/operators/support";
import { needTools } from "../support/needs";
import { plansOf, recordedRights, registered } from "../tools/reach";

const SUITE = facts.apps.map(({ namespace }) => namespace);
const [APP = ""] = SUITE;

/** `<verbs> <resource>[.<group>] [name]`, in a namespace or in none. */
type Calls = Readonly<Record<string, readonly string[]>>;

/** What upstream's code asks the API server for, beyond reading its own kinds; by account, then by namespace ("" for all). */
const documented: Readonly<Record<string, Calls>> = {
  // cert-manager v1.21.1, pkg/controller/certificates and acmeorders; informers of acmechallenges.
  "cert-manager/cert-manager": {
    "": ["list,watch secrets", "list,watch pods", "list,watch services", "list,watch ingresses.networking.k8s.io"],
    [APP]: [
      "create,update,patch secrets",
      "create,delete orders.acme.cert-manager.io",
      "update certificates.cert-manager.io",
    ],
    monitoring: ["create,patch secrets"],
    "cert-manager": ["create,update secrets", "update leases.coordination.k8s.io cert-manager-controller"],
  },
  // cmd/cainjector/app/controller.go, pkg/controller/cainjector.
  "cert-manager/cert-manager-cainjector": {
    "": [
      "list,watch validatingwebhookconfigurations.admissionregistration.k8s.io",
      "update,patch validatingwebhookconfigurations.admissionregistration.k8s.io cert-manager-webhook",
      "update,patch mutatingwebhookconfigurations.admissionregistration.k8s.io cert-manager-webhook",
      "update,patch validatingwebhookconfigurations.admissionregistration.k8s.io kube-prometheus-stack-admission",
      "get customresourcedefinitions.apiextensions.k8s.io certificates.cert-manager.io",
    ],
    "cert-manager": ["get,list,watch secrets", "get,list,watch certificates.cert-manager.io"],
  },
  // external-secrets v2.9.0, pkg/controllers/externalsecret; runtime/esutils of the stores.
  "external-secrets/external-secrets": {
    "": ["list,watch secrets", "list,watch clustersecretstores.external-secrets.io"],
    velero: ["create,update,patch secrets", "update externalsecrets.external-secrets.io/status"],
    monitoring: ["create,update secrets"],
    "external-secrets": ["create serviceaccounts/token openbao-operator"],
  },
  // cmd/controller/certcontroller.go, pkg/controllers/webhookconfig.
  "external-secrets/external-secrets-cert-controller": {
    "": [
      "list,watch validatingwebhookconfigurations.admissionregistration.k8s.io",
      "update validatingwebhookconfigurations.admissionregistration.k8s.io secretstore-validate",
      "list,watch customresourcedefinitions.apiextensions.k8s.io",
      "list,watch endpointslices.discovery.k8s.io",
    ],
    "external-secrets": ["get,update secrets external-secrets-webhook", "create,update leases.coordination.k8s.io"],
  },
  // trivy-operator v0.32.0, pkg/vulnerabilityreport/controller/workload.go and scanjob.go.
  "trivy-system/trivy-operator": {
    "": ["list,watch jobs.batch", "list,watch pods", "create,update vulnerabilityreports.aquasecurity.github.io"],
    "trivy-system": ["create,delete jobs.batch", "get pods/log", "create,update,delete secrets"],
  },
  // grafana-operator v5.24.0, controllers; main.go, its cache by namespace.
  "grafana-operator/grafana-operator": {
    monitoring: ["get,list,watch secrets", "list,watch grafanas.grafana.integreatly.org"],
    [APP]: [
      "list,watch grafanadashboards.grafana.integreatly.org",
      "update grafanadashboards.grafana.integreatly.org/status",
      "get configmaps",
    ],
  },
  // external-snapshotter v8, pkg/common-controller.
  "snapshot-controller/snapshot-controller": {
    "": [
      "create,update,delete volumesnapshotcontents.snapshot.storage.k8s.io",
      "update volumesnapshots.snapshot.storage.k8s.io/status",
      "update persistentvolumeclaims",
    ],
  },
  // kyverno v1.19, pkg/background, pkg/controllers/report and generic/webhook.
  "kyverno/kyverno-background-controller": {
    "": [
      "create,update,delete networkpolicies.networking.k8s.io",
      "create,update,delete resourcequotas",
      "list,watch generatingpolicies.policies.kyverno.io",
    ],
    kyverno: ["create,delete updaterequests.kyverno.io", "update updaterequests.kyverno.io/status"],
  },
  "kyverno/kyverno-reports-controller": {
    "": [
      "create,update,delete policyreports.wgpolicyk8s.io",
      "create,delete ephemeralreports.reports.kyverno.io",
      "list,watch validatingpolicies.policies.kyverno.io",
    ],
  },
  "kyverno/kyverno-cleanup-controller": {
    "": [
      "update validatingwebhookconfigurations.admissionregistration.k8s.io kyverno-cleanup-validating-webhook-cfg",
      "delete policyexceptions.policies.kyverno.io",
      "update deletingpolicies.policies.kyverno.io/status",
    ],
  },
  // velero v1.18.1, pkg/backup, pkg/restore, pkg/exposer, pkg/cmd/cli/nodeagent.
  "velero/velero-server": {
    "": [
      "get,list namespaces",
      "list,watch pods",
      "list clusterrolebindings.rbac.authorization.k8s.io",
      "create,patch,delete persistentvolumes",
      "create,delete volumesnapshotcontents.snapshot.storage.k8s.io",
      "get priorityclasses.scheduling.k8s.io",
    ],
    [APP]: ["list secrets", "create,patch secrets", "create deployments.apps", "list widgets.example.nl"],
    "velero-drill": ["create deployments.apps", "create secrets"],
    velero: ["create,delete pods", "create,update datauploads.velero.io", "list daemonsets.apps", "delete jobs.batch"],
  },
  "eraser-system/eraser-controller-manager": { "eraser-system": ["create,delete pods", "create podtemplates"] },
  "security-profiles-operator/security-profiles-operator": {
    "": ["list,watch daemonsets.apps"],
    "security-profiles-operator": [
      "create,update daemonsets.apps",
      "create deployments.apps",
      "create certificates.cert-manager.io",
    ],
  },
};

function reviews(account: string, calls: Calls): KubeObject[] {
  const [namespace = "", name = ""] = account.split("/");
  return Object.entries(calls).flatMap(([place, lines]) =>
    lines.flatMap((line) => {
      const [verbs = "", what = "", object] = line.split(" ");
      const [, resource = "", group = "", subresource] =
        /^([a-z]+)(?:\.([a-z0-9.-]+))?(?:\/([a-z]+))?$/.exec(what) ?? [];
      return verbs.split(",").map((verb) => ({
        apiVersion: "authorization.k8s.io/v1",
        kind: "SubjectAccessReview",
        metadata: {},
        spec: {
          user: userOf({ namespace, name }),
          groups: ["system:serviceaccounts", `system:serviceaccounts:${namespace}`],
          resourceAttributes: {
            verb,
            resource,
            group,
            ...(place === "" ? {} : { namespace: place }),
            ...(subresource === undefined ? {} : { subresource }),
            ...(object === undefined ? {} : { name: object }),
          },
        },
      }));
    }),
  );
}

describe("operators with the rights that are left to them", function () {
  this.timeout(300_000);
  const plans = plansOf(true);
  const places = workPlaces({ suite: SUITE, operators: plans, pullSecrets: [] });
  let dir = "";
  let admin: KubeClient;
  let helm = "";

  before(async function () {
    const { helm: found, ...binaries } = await needTools(this, ...COMPONENTS, "helm");
    helm = found;
    dir = mkdtempSync(join(tmpdir(), "operator-rights-"));
    const cluster = await clusterUp({ dir, binaries });
    admin = KubeClient.fromKubeconfig(cluster.kubeconfig);
    const namespaces = plans.flatMap((plan) => plan.namespaces);
    const namespaceOf = (name: string, role: string) => ({
      apiVersion: "v1",
      kind: "Namespace",
      metadata: { name, labels: { ...managedLabels, [label.role]: role } },
    });
    await applyAll(admin, [
      ...SUITE.map((name) => namespaceOf(name, "suite")),
      ...namespaces.map(({ name }) => namespaceOf(name, "operator")),
    ]);
    const rbac = registered(plans, recordedRights()).map((object) => ({
      apiVersion: "rbac.authorization.k8s.io/v1",
      ...object,
    }));
    const delegated = delegatedBindings(
      plans.flatMap(({ delegations }) => delegations),
      places,
      managedLabels,
    );
    await applyAll(admin, [...rbac, ...[...delegated.values()].flat()]);
    await applyAll(admin, operatorGuards({ operators: plans, exemptions: [] }));
    await sleep(5000);
  });

  after(async () => {
    if (dir === "") return;
    admin.close();
    await clusterReset({ dir });
    rmSync(dir, { recursive: true, force: true });
  });

  for (const [account, calls] of Object.entries(documented)) {
    it(`${account} may do what its code does`, async () => {
      const refused: string[] = [];
      for (const review of reviews(account, calls)) {
        const answer = await admin.request("POST", "/apis/authorization.k8s.io/v1/subjectaccessreviews", {
          body: review,
        });
        if (at(answer, "status", "allowed") !== true)
          refused.push(JSON.stringify(at(review, "spec", "resourceAttributes")));
      }
      assert.deepEqual(refused, []);
    });
  }

  it("makes the pods that its namespaces without Pod Security are for", async () => {
    const privileged = new Set(
      plans.flatMap(({ namespaces }) =>
        namespaces.flatMap(({ name, podSecurity }) => (podSecurity.level === "privileged" ? [name] : [])),
      ),
    );
    const made = plans.flatMap((plan) => [
      ...render(helm, plan),
      ...plan.after,
      ...runtimeWorkloads.filter(({ operator }) => operator === plan.operator).map(({ object }) => object(plan)),
    ]);
    const pods = made.flatMap((object) => {
      const namespace = String(at(object, "metadata", "namespace"));
      const kind = String(at(object, "kind"));
      if (!privileged.has(namespace) || !(workloads.has(kind) || kind === "Pod")) return [];
      const spec = kind === "Pod" ? at(object, "spec") : at(podOf(object), "spec");
      return [{ namespace, what: `${kind} ${String(at(object, "metadata", "name"))}`, spec }];
    });
    assert.ok(pods.length >= privileged.size);
    const refused: string[] = [];
    for (const { namespace, what, spec } of pods) {
      const pod = { apiVersion: "v1", kind: "Pod", metadata: { name: "probe", namespace }, spec };
      assert.ok(isKubeObject(pod));
      const problem = await refusal(admin.create(pod, { dryRun: true }));
      if (problem.includes("ValidatingAdmissionPolicy")) refused.push(`${namespace} ${what}: ${problem}`);
    }
    assert.deepEqual(refused, []);
    assert.deepEqual(
      [...privileged].filter((name) => !pods.some(({ namespace }) => namespace === name)),
      [],
    );
  });

  it("lets Velero into no pod", async () => {
    const velero = admin.asServiceAccount("velero", "velero-server");
    const exec = async (container: string, command: readonly string[]): Promise<string> => {
      const query = [["container", container], ["stdout", "true"], ...command.map((part) => ["command", part])]
        .map(([key = "", value = ""]) => `${key}=${encodeURIComponent(value)}`)
        .join("&");
      return refusal(velero.request("POST", `/api/v1/namespaces/${APP}/pods/none/exec?${query}`));
    };
    assert.match(await exec("redis", ["/bin/sh", "-c", "id"]), /forbidden/);
  });
});

async function refusal(work: Promise<unknown>): Promise<string> {
  try {
    await work;
  } catch (error) {
    if (error instanceof ApiError) return error.message;
    throw error;
  }
  return "";
}
