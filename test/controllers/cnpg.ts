import assert from "node:assert/strict";
import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { crdsOf } from "../../components/crds/crds";
import { NAMESPACE } from "../../components/operators/cloudnative-pg/places";
import { PLUGIN_ACCOUNT, sidecarImage } from "../../components/operators/cloudnative-pg/plugin";
import type { OperatorPlan } from "../../components/operators/frame/define";
import { freePort } from "../../embedded/cluster/ports";
import { certificate, certificateAuthority } from "../../embedded/cluster/x509";
import { at, isRecord, type KubeObject } from "../../lib/kube/client";
import { facts } from "../components/operators/support";
import { atWork, cut } from "./rights";
import { chart, eventually, HOST, render, type Sandbox } from "./support";

const CHART_KINDS = ["ServiceAccount", "ConfigMap", "ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding"];
export const OPERATOR = { namespace: NAMESPACE, name: "cloudnative-pg" };
export const PLUGIN = { namespace: NAMESPACE, name: PLUGIN_ACCOUNT };
/** Charts that it is rendered from. */
export const CHARTS = ["cloudnative-pg", "plugin-barman-cloud"] as const;

interface Tools {
  readonly path: (name: "cloudnative-pg" | "barman-cloud-plugin" | "helm") => string;
}

/** Its kinds, the plugin and the operator as local processes with their accounts, and its webhooks. */
export async function startCloudNativePg(sandbox: Sandbox, tools: Tools, plan: OperatorPlan): Promise<void> {
  const suite = facts.apps.map((app) => app.namespace);
  for (const each of CHARTS.map(chart)) await sandbox.apply(crdsOf(each));
  assert.ok(plan.chart !== undefined);
  const rendered = render(tools.path("helm"), plan.chart, sandbox.dir);
  await sandbox.apply(cut(rendered, plan).filter(({ kind }) => CHART_KINDS.includes(kind)));
  await sandbox.apply(plan.before.filter(({ kind }) => kind.startsWith("ClusterRole")));
  await sandbox.apply(atWork(plan, suite));
  await sandbox.apply(plan.after.filter(({ kind }) => kind === "ServiceAccount"));

  // Between pods the two speak over TLS by a Service's name, which nothing resolves here: a socket instead.
  const sockets = join(sandbox.dir, "plugins");
  mkdirSync(sockets, { mode: 0o700 });
  await sandbox.start(
    "barman-cloud",
    tools.path("barman-cloud-plugin"),
    ["operator", `--plugin-path=${sockets}`, `--health-probe-bind-address=${HOST}:${String(await freePort())}`],
    {
      KUBECONFIG: await sandbox.kubeconfigOf(PLUGIN.namespace, PLUGIN.name),
      SIDECAR_IMAGE: sidecarImage(facts),
    },
  );
  // The operator looks for sockets once, as it starts.
  await eventually("the plugin's socket", () => Promise.resolve(readdirSync(sockets).length > 0 ? true : undefined));
  // Instances get the manager of their architecture from the operator's image, which it looks for where it runs.
  mkdirSync(join(sandbox.dir, "operator"));
  symlinkSync(
    tools.path("cloudnative-pg"),
    join(sandbox.dir, "operator", `manager_${process.arch === "x64" ? "amd64" : process.arch}`),
  );
  const ours = rendered.find(({ metadata }) => metadata.name === "cnpg-controller-manager-config");
  const port = await freePort();
  const certificates = join(sandbox.dir, "webhook");
  mkdirSync(certificates, { mode: 0o700 });
  const authority = await certificateAuthority("webhook", 2);
  const leaf = await certificate({ commonName: HOST, names: [HOST], usages: ["server"], validDays: 2 }, authority);
  writeFileSync(join(certificates, "apiserver.crt"), leaf.certificate, { mode: 0o600 });
  writeFileSync(join(certificates, "apiserver.key"), leaf.key, { mode: 0o600 });
  await sandbox.start(
    "operator",
    tools.path("cloudnative-pg"),
    [
      "controller",
      "--config-map-name=cnpg-controller-manager-config",
      `--webhook-port=${String(port)}`,
      `--metrics-bind-address=${HOST}:${String(await freePort())}`,
    ],
    {
      KUBECONFIG: await sandbox.kubeconfigOf(OPERATOR.namespace, OPERATOR.name),
      OPERATOR_NAMESPACE: NAMESPACE,
      OPERATOR_IMAGE_NAME: "ghcr.io/cloudnative-pg/cloudnative-pg:1.30.0",
      MONITORING_QUERIES_CONFIGMAP: "cnpg-default-monitoring",
      WATCH_NAMESPACE: String(at(ours, "data", "WATCH_NAMESPACE")),
      WEBHOOK_CERT_DIR: certificates,
      PLUGIN_SOCKET_DIR: sockets,
    },
  );
  await sandbox.apply(
    rendered
      .filter(({ kind }) => kind.endsWith("WebhookConfiguration"))
      .map((object) => local(object, `https://${HOST}:${String(port)}`, authority.certificate)),
  );
}

/** Its webhooks, at a local address: nothing stands behind a Service here. */
function local(object: KubeObject, url: string, authority: string): KubeObject {
  const webhooks = at(object, "webhooks");
  assert.ok(Array.isArray(webhooks));
  return {
    ...object,
    webhooks: webhooks.map((each: unknown) => {
      assert.ok(isRecord(each));
      const path = String(at(each, "clientConfig", "service", "path"));
      return { ...each, clientConfig: { url: `${url}${path}`, caBundle: Buffer.from(authority).toString("base64") } };
    }),
  };
}
