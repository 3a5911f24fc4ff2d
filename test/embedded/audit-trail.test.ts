import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { command } from "../../cli/audit";
import { auditService } from "../../components/audit-policy";
import { operatorFacts } from "../../components/operator-facts";
import { planOperators } from "../../components/operators/frame/stack";
import { stackConfig } from "../../components/stack-file";
import { clusterReset, clusterUp, type RunningCluster } from "../../embedded/cluster";
import { COMPONENTS } from "../../embedded/cluster/components";
import { sleep } from "../../embedded/cluster/files";
import { freePort } from "../../embedded/cluster/ports";
import { certificate, certificateAuthority } from "../../embedded/cluster/x509";
import { projectRoot } from "../../embedded/toolchain";
import { at, isRecord, KubeClient, type KubeObject } from "../../lib/kube/client";
import { tokenKubeconfigText } from "../../lib/kube/kubeconfig";
import { loadRules, type RuleSet } from "../components/operators/falco-condition";
import { auditEvent } from "../components/operators/falco-events";
import { needTools } from "../support/needs";

const DOCS = "mijnbureau-docs";
const ADMISSION = "admissionregistration.k8s.io/v1";
const RBAC = "rbac.authorization.k8s.io/v1";

// eslint-disable-next-line max-params -- an object of Kubernetes in one line
const object = (apiVersion: string, kind: string, name: string, rest: object = {}, namespace?: string): KubeObject => ({
  apiVersion,
  kind,
  metadata: { name, ...(namespace !== undefined && { namespace }) },
  ...rest,
});

/** The API server with exactly the files that the platform writes, and Falco's rules on what comes out of it. */
describe("the audit trail of a real API server", function () {
  this.timeout(240_000);
  let dir = "";
  let files = "";
  let cluster: RunningCluster;
  let admin: KubeClient;
  let intruder: KubeClient;
  let deployer: KubeClient;
  let receiver: Server;
  let rules: RuleSet;
  const received: unknown[] = [];

  const tokenOf = async (namespace: string, name: string): Promise<KubeClient> => {
    const answer = await admin.request("POST", `/api/v1/namespaces/${namespace}/serviceaccounts/${name}/token`, {
      body: { apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest", spec: {} },
    });
    const token = at(answer, "status", "token");
    assert.ok(typeof token === "string");
    const { server, options } = await admin.endpoint();
    assert.ok(options.ca instanceof Buffer);
    const entry = { cluster: "c", user: name, server, ca: options.ca.toString(), token };
    const kubeconfig = join(dir, `${namespace}-${name}.kubeconfig`);
    writeFileSync(kubeconfig, tokenKubeconfigText(entry));
    return KubeClient.fromKubeconfig(kubeconfig);
  };

  /** STAND-IN for Falco's plugin k8saudit: takes what the webhook sends. */
  const receive = async (port: number): Promise<string> => {
    const authority = await certificateAuthority("platform root", 2);
    const names = [`${auditService.name}.${auditService.namespace}.svc`];
    const own = await certificate({ commonName: "falco", usages: ["server"], names, validDays: 1 }, authority);
    receiver = createServer({ key: own.key, cert: own.certificate }, (request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        const body: unknown = JSON.parse(Buffer.concat(chunks).toString("utf8"));
        const items = at(body, "items");
        if (request.url?.startsWith("/k8s-audit") === true && Array.isArray(items))
          for (const item of Array.from<unknown>(items)) received.push(item);
        response.end();
      });
    });
    await new Promise<void>((resolve) => receiver.listen(port, "127.0.0.1", resolve));
    return authority.certificate;
  };

  before(async function () {
    this.timeout(45 * 60_000);
    const binaries = await needTools(this, ...COMPONENTS);
    dir = mkdtempSync(join(tmpdir(), "audit-trail-"));
    files = join(dir, "files");
    const port = await freePort(new Set());
    const ca = join(dir, "ca.crt");
    writeFileSync(ca, await receive(port));
    const url = `https://127.0.0.1:${port}/k8s-audit`;
    const status = await command.run(["--stack", "dev", "--out", files, "--url", url, "--ca", ca, "--place", files]);
    assert.equal(status, 0);

    const config = stackConfig(projectRoot(), "dev");
    const facts = operatorFacts(config, { customResources: new Map(), apiServices: new Map() });
    const plan = planOperators(config.operators, facts).find((each) => each.plan.operator === "falco-audit")?.plan;
    const text = at(plan?.chart?.values, "customRules", "mijnbureau-audit.yaml");
    assert.ok(typeof text === "string");
    rules = loadRules(text);

    cluster = await clusterUp({
      dir: join(dir, "cluster"),
      binaries,
      auditPolicy: join(files, "audit-policy.yaml"),
      auditWebhook: join(files, "audit-webhook.yaml"),
    });
    admin = KubeClient.fromKubeconfig(cluster.kubeconfig);
    await prepare();
  });
  after(async () => {
    for (const client of [admin, intruder, deployer]) client?.close();
    receiver?.close();
    if (dir === "") return;
    await clusterReset({ dir: join(dir, "cluster") });
    rmSync(dir, { recursive: true, force: true });
  });

  /** What stands before anybody breaks in. */
  async function prepare(): Promise<void> {
    const enforced = { metadata: { name: DOCS, labels: { "pod-security.kubernetes.io/enforce": "restricted" } } };
    const objects: KubeObject[] = [
      { apiVersion: "v1", kind: "Namespace", ...enforced },
      object("v1", "Namespace", "falco"),
      object("v1", "ServiceAccount", "intruder", {}, "default"),
      object("v1", "ServiceAccount", "mijnbureau-deployer", {}, DOCS),
      object("v1", "ServiceAccount", "app", {}, DOCS),
      object("v1", "Secret", "docs-backend", { stringData: { password: "not-for-the-log" } }, DOCS),
      object("v1", "ResourceQuota", "quota", { spec: { hard: { pods: "10" } } }, DOCS),
      object(
        "networking.k8s.io/v1",
        "NetworkPolicy",
        "default-deny",
        { spec: { podSelector: {}, policyTypes: ["Ingress", "Egress"] } },
        DOCS,
      ),
      object(ADMISSION, "ValidatingAdmissionPolicy", "guard", {
        spec: {
          failurePolicy: "Fail",
          matchConstraints: {
            resourceRules: [{ apiGroups: [""], apiVersions: ["v1"], operations: ["CREATE"], resources: ["bindings"] }],
          },
          validations: [{ expression: "false" }],
        },
      }),
      object(ADMISSION, "ValidatingAdmissionPolicyBinding", "guard", {
        spec: { policyName: "guard", validationActions: ["Deny"] },
      }),
      object(ADMISSION, "ValidatingWebhookConfiguration", "guard", {
        webhooks: [
          {
            name: "guard.example.nl",
            failurePolicy: "Fail",
            sideEffects: "None",
            admissionReviewVersions: ["v1"],
            clientConfig: { url: "https://127.0.0.1:1/" },
            rules: [{ apiGroups: ["x.example.nl"], apiVersions: ["v1"], operations: ["CREATE"], resources: ["none"] }],
          },
        ],
      }),
      object(RBAC, "ClusterRoleBinding", "intruder", {
        roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "cluster-admin" },
        subjects: [{ kind: "ServiceAccount", name: "intruder", namespace: "default" }],
      }),
      object(
        RBAC,
        "RoleBinding",
        "deployer",
        {
          roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "admin" },
          subjects: [{ kind: "ServiceAccount", name: "mijnbureau-deployer", namespace: DOCS }],
        },
        DOCS,
      ),
      object(
        "apps/v1",
        "DaemonSet",
        "falco",
        {
          spec: {
            selector: { matchLabels: { app: "falco" } },
            template: {
              metadata: { labels: { app: "falco" } },
              spec: { containers: [{ name: "falco", image: "registry.example.test/falco:1" }] },
            },
          },
        },
        "falco",
      ),
      object(
        "v1",
        "Pod",
        "docs-backend",
        {
          spec: {
            securityContext: { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } },
            containers: [
              {
                name: "main",
                image: "registry.example.test/docs:1",
                securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
              },
            ],
          },
        },
        DOCS,
      ),
    ];
    for (const each of objects) await admin.create(each);
    intruder = await tokenOf("default", "intruder");
    deployer = await tokenOf(DOCS, "mijnbureau-deployer");
  }

  const MERGE = "application/merge-patch+json";
  const secrets = `/api/v1/namespaces/${DOCS}/secrets`;
  const admission = `/apis/${ADMISSION}`;
  interface Deed {
    readonly what: string;
    readonly rule: string;
    readonly method?: string;
    readonly path: string;
    readonly body?: unknown;
    readonly as?: string;
    /** What the API server cannot do here, such as reach a kubelet that is simulated; the event is there all the same. */
    readonly mayFail?: true;
  }
  const patch = (what: string, rule: string, path: string, body: unknown): Deed => ({
    what,
    rule,
    method: "PATCH",
    path,
    body,
  });
  const deeds: readonly Deed[] = [
    { what: "a Secret read", rule: "MijnBureau Secret read through the API", path: `${secrets}/docs-backend` },
    { what: "all Secrets listed", rule: "MijnBureau Secrets listed across namespaces", path: "/api/v1/secrets" },
    {
      what: "exec into a pod",
      rule: "MijnBureau exec into a pod",
      path: `/api/v1/namespaces/${DOCS}/pods/docs-backend/exec?command=sh&stdout=true`,
      method: "POST",
      mayFail: true,
    },
    {
      what: "a kubelet reached through the API server",
      rule: "MijnBureau node reached through the API",
      path: "/api/v1/nodes/none/proxy/pods",
      mayFail: true,
    },
    {
      what: "a token made by hand",
      rule: "MijnBureau token requested",
      method: "POST",
      path: `/api/v1/namespaces/${DOCS}/serviceaccounts/app/token`,
      body: { apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest", spec: {} },
    },
    {
      what: "another's name",
      rule: "MijnBureau identity of another taken",
      path: "/api/v1/namespaces",
      as: "somebody",
    },
    {
      what: "rights for the whole cluster",
      rule: "MijnBureau cluster-wide right given",
      method: "POST",
      path: "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings",
      body: object(RBAC, "ClusterRoleBinding", "way-back", {
        roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "cluster-admin" },
        subjects: [{ apiGroup: "rbac.authorization.k8s.io", kind: "User", name: "x" }],
      }),
    },
    patch(
      "a binding set to Audit",
      "MijnBureau binding no longer refuses",
      `${admission}/validatingadmissionpolicybindings/guard`,
      {
        spec: { validationActions: ["Audit"] },
      },
    ),
    patch(
      "a policy set to Ignore",
      "MijnBureau guardrail let through on failure",
      `${admission}/validatingadmissionpolicies/guard`,
      {
        spec: { failurePolicy: "Ignore" },
      },
    ),
    patch("a policy loosened", "MijnBureau guardrail changed", `${admission}/validatingadmissionpolicies/guard`, {
      spec: { validations: [{ expression: "true" }] },
    }),
    {
      what: "a webhook set to Ignore",
      rule: "MijnBureau guardrail let through on failure",
      method: "PATCH",
      path: `${admission}/validatingwebhookconfigurations/guard`,
      body: [{ op: "replace", path: "/webhooks/0/failurePolicy", value: "Ignore" }],
    },
    {
      what: "a binding deleted",
      rule: "MijnBureau guardrail removed",
      method: "DELETE",
      path: `${admission}/validatingadmissionpolicybindings/guard`,
    },
    patch("a namespace lowered", "MijnBureau Pod Security lowered", `/api/v1/namespaces/${DOCS}`, {
      metadata: { labels: { "pod-security.kubernetes.io/enforce": "privileged" } },
    }),
    patch(
      "a quota raised",
      "MijnBureau namespace guardrail changed",
      `/api/v1/namespaces/${DOCS}/resourcequotas/quota`,
      {
        spec: { hard: { pods: "1000" } },
      },
    ),
    {
      what: "default deny deleted",
      rule: "MijnBureau namespace guardrail changed",
      method: "DELETE",
      path: `/apis/networking.k8s.io/v1/namespaces/${DOCS}/networkpolicies/default-deny`,
    },
    {
      what: "Falco taken off the nodes",
      rule: "MijnBureau detection switched off",
      method: "DELETE",
      path: "/apis/apps/v1/namespaces/falco/daemonsets/falco",
    },
  ];

  const logged = (): unknown[] =>
    readFileSync(cluster.auditLog, "utf8")
      .split("\n")
      .filter((line) => line.endsWith("}"))
      .map((line): unknown => JSON.parse(line));

  const by =
    (account: string) =>
    (event: unknown): boolean =>
      String(at(event, "user", "username")) === account;
  const INTRUDER = "system:serviceaccount:default:intruder";

  it("writes the files for the control plane, the log to where the flag says", () => {
    assert.deepEqual(readdirSync(files).sort(), [
      "audit-policy.yaml",
      "audit-webhook.yaml",
      "kube-apiserver-flags.txt",
    ]);
    const flags = readFileSync(join(files, "kube-apiserver-flags.txt"), "utf8").trim().split("\n");
    assert.ok(flags.includes(`--audit-policy-file=${join(files, "audit-policy.yaml")}`));
    assert.ok(flags.includes(`--audit-webhook-config-file=${join(files, "audit-webhook.yaml")}`));
    assert.ok(flags.includes("--audit-log-path=/var/log/kubernetes/audit/audit.log"));
  });

  it("has each deed of an intruder, and the rule that finds it", async () => {
    const start = logged().length;
    const found: [what: string, verb: string, uri: string, rules: string][] = [];
    for (const { what, rule, method = "GET", path, body, as, mayFail } of deeds) {
      const client = as === undefined ? intruder : intruder.impersonate(as, ["system:masters"]);
      const contentType =
        method === "PATCH" ? (Array.isArray(body) ? "application/json-patch+json" : MERGE) : "application/json";
      const before = logged().length;
      const done = client.request(method, path, body === undefined ? {} : { body, contentType });
      await (mayFail === true ? done.catch(() => undefined) : done);
      const deadline = Date.now() + 15_000;
      for (;;) {
        const events = logged().slice(before).filter(by(INTRUDER));
        const hit = events.find((event) => rules.fired(auditEvent(event)).includes(rule));
        if (hit !== undefined) {
          const uri = String(at(hit, "requestURI"));
          found.push([what, String(at(hit, "verb")), uri, rules.fired(auditEvent(hit)).join(", ")]);
          break;
        }
        const seen = events.map((event) => rules.fired(auditEvent(event)).join(", ") || "nothing").join("; ");
        assert.ok(Date.now() < deadline, `${what}: ${rule} did not fire; ${events.length} events fired ${seen}`);
        await sleep(200);
      }
    }
    for (const [what, verb, uri, fired] of found) console.log(`      ${what} | ${verb} ${uri.slice(0, 70)} | ${fired}`);
    assert.ok(logged().length > start);
  });

  it("has the same events at the webhook, over TLS by the name of Falco's Service", async () => {
    const ids = (events: readonly unknown[]): Set<unknown> =>
      new Set(events.filter(by(INTRUDER)).map((event) => at(event, "auditID")));
    const wanted = ids(logged());
    assert.ok(wanted.size >= deeds.length);
    const deadline = Date.now() + 30_000;
    const missing = (): unknown[] => [...wanted].filter((id) => !ids(received).has(id));
    while (missing().length > 0) {
      assert.ok(Date.now() < deadline, `${missing().length} of ${wanted.size} events never arrived`);
      await sleep(200);
    }
  });

  it("holds no content of a Secret, in no event", () => {
    const log = readFileSync(cluster.auditLog, "utf8");
    for (const text of ["not-for-the-log", Buffer.from("not-for-the-log").toString("base64")])
      assert.ok(!log.includes(text));
  });

  it("says nothing of Helm and of Kubernetes' own controllers", async () => {
    const release = object("v1", "Secret", "sh.helm.release.v1.docs.v1", { type: "helm.sh/release.v1" }, DOCS);
    await deployer.create(release);
    await deployer.request("GET", `${secrets}?labelSelector=owner%3Dhelm`);
    await deployer.request("GET", `${secrets}/sh.helm.release.v1.docs.v1`);
    await deployer.request("GET", `${secrets}/docs-backend`);
    await sleep(1_000);
    const others = logged().filter((event) => {
      const user = String(at(event, "user", "username"));
      return user !== INTRUDER && user !== "kubernetes-admin";
    });
    const alarms = others.flatMap((event) =>
      rules
        .fired(auditEvent(event))
        .map(
          (rule) =>
            `${String(at(event, "user", "username"))} ${String(at(event, "verb"))} ${String(at(event, "requestURI"))}: ${rule}`,
        ),
    );
    assert.deepEqual([...new Set(alarms)], []);
    const users = new Set(others.map((event) => String(at(event, "user", "username"))));
    assert.ok(
      [...users].some((user) => user.startsWith("system:serviceaccount:kube-system:")),
      [...users].join(", "),
    );
    assert.ok(others.filter(by(`system:serviceaccount:${DOCS}:mijnbureau-deployer`)).length >= 4);
    assert.ok(others.every(isRecord));
  });
});
