import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { loadAll } from "js-yaml";
import { operatorFacts } from "../../../components/operator-facts";
import { resolveFlows } from "../../../components/network/resolve";
import { planOperators } from "../../../components/operators/frame/stack";
import { stackConfig } from "../../../components/stack-file";
import { projectRoot } from "../../../embedded/toolchain";
import { flows } from "../../../suite/flows";
import { needFile } from "../../support/needs";
import { loadRules, type Event, type RuleSet } from "./falco-condition";
import { auditEvent, called, connected, opened, spawned } from "./falco-events";
import { at, containersOf, list, workloads } from "./rendered";

const CORPUS = "../shared/corpus/mijnbureau";
const none = { customResources: new Map<string, boolean>(), apiServices: new Map<string, boolean>() };

/** The rules of a stack as its plan hands them to Falco, with a platform user and an exception. */
function rulesOf(stack: string): { readonly syscall: RuleSet; readonly audit: RuleSet; readonly namespaces: string[] } {
  const config = stackConfig(projectRoot(), stack);
  const facts = operatorFacts(config, none);
  const exceptions = [
    {
      rule: "MijnBureau package manager",
      fields: { "k8s.ns.name": "mijnbureau-grist", "proc.name": "apk" },
      reason: "installs a font when it starts",
      owner: "grist-team",
      expires: "2027-01-31",
    },
  ];
  const settings = {
    ...config.operators,
    falco: { exceptions },
    "falco-audit": { platformUsers: ["pulumi-prod"] },
  };
  const plans = planOperators(settings, facts).map(({ plan }) => plan);
  const file = (operator: string, name: string): RuleSet => {
    const plan = plans.find((each) => each.operator === operator);
    const text = at(plan?.chart?.values, "customRules", name);
    assert.ok(typeof text === "string", `${operator} has no ${name}`);
    return loadRules(text);
  };
  return {
    syscall: file("falco", "mijnbureau.yaml"),
    audit: file("falco-audit", "mijnbureau-audit.yaml"),
    namespaces: plans.flatMap(({ namespaces }) => namespaces.map(({ name }) => name)),
  };
}

/** An address of a range. */
function addressIn(cidr: string): string {
  if (cidr === "0.0.0.0/0") return "93.184.215.14";
  if (cidr === "::/0") return "2606:2800:21f:cb07::1";
  return (cidr.split("/")[0] ?? "").replace(/^(\d+\.\d+\.\d+)\.0$/, "$1.9");
}

interface Normal {
  readonly what: string;
  readonly event: Event;
}

const sa = (namespace: string, name: string): { username: string; groups: string[] } => ({
  username: `system:serviceaccount:${namespace}:${name}`,
  groups: ["system:serviceaccounts", `system:serviceaccounts:${namespace}`, "system:authenticated"],
});

interface Asked {
  readonly user: { readonly username: string; readonly groups: readonly string[] };
  readonly verb: string;
  readonly resource: string;
  readonly subresource?: string;
  readonly namespace?: string;
  readonly name?: string;
  readonly uri?: string;
  readonly code?: number;
  readonly response?: unknown;
  readonly impersonated?: string;
}

const asked = ({
  user,
  verb,
  resource,
  subresource,
  namespace,
  name,
  uri,
  code,
  response,
  impersonated,
}: Asked): Event =>
  auditEvent({
    auditID: "1",
    user,
    verb,
    requestURI: uri ?? `/api/v1/${resource}`,
    objectRef: { resource, subresource, namespace, name },
    responseStatus: { code: code ?? 200 },
    responseObject: response,
    ...(impersonated !== undefined && { impersonatedUser: { username: impersonated } }),
  });

const person = { username: "jan", groups: ["system:authenticated"] };
const deployer = { username: "piet", groups: ["mijnbureau-deployers", "system:authenticated"] };
const platform = { username: "pulumi-prod", groups: ["system:authenticated"] };
const DOCS = "mijnbureau-docs";

/** Words that a shell script starts: the first of each command. */
function programs(script: string): string[] {
  return script
    .split(/\n|;|&&|\|\|?|\bthen\b|\bdo\b|\$\(/)
    .map((part) => /^[\s!({]*([\w./-]+)/.exec(part)?.[1] ?? "")
    .filter(
      (word) =>
        /^[a-z/]/.test(word) && !/^(if|while|for|case|fi|done|esac|else|elif|echo|set|local|exec|return)$/.test(word),
    )
    .map((word) => word.slice(word.lastIndexOf("/") + 1));
}

/** What runs where a container starts or is probed, by its manifest. */
function starts(namespace: string, command: readonly string[], who: string): Normal[] {
  const [first = "", ...rest] = command;
  const name = first.slice(first.lastIndexOf("/") + 1);
  if (name === "" || name.startsWith("-")) return [];
  const own = {
    what: `${who}: ${command.join(" ").slice(0, 60)}`,
    event: spawned(namespace, { name, by: "containerd-shim" }),
  };
  const script = /^(ba|da)?sh$/.test(name) ? (rest.at(-1) ?? "") : "";
  const path = (program: string): object =>
    program === "kubectl" && script.includes("/tmp/kubectl") ? { path: "/tmp/kubectl" } : {};
  return [
    own,
    ...programs(script).map((program) => ({
      what: `${who}: ${name} starts ${program}`,
      event: spawned(namespace, { name: program, by: name, ...path(program) }),
    })),
  ];
}

describe("Falco on a normal day", () => {
  const stack = "prod-nl-north";
  const { syscall, audit, namespaces } = rulesOf(stack);
  const config = stackConfig(projectRoot(), stack);

  const quiet = (rules: RuleSet, day: readonly Normal[]): void => {
    const alarms = day.flatMap(({ what, event }) => rules.fired(event).map((rule) => `${what}: ${rule}`));
    assert.deepEqual([...new Set(alarms)], []);
  };

  it("says nothing of any connection that the flows table has", () => {
    const apps = Object.fromEntries(
      Object.entries(config.apps).flatMap(([key, { enabled, namespace }]) => (enabled ? [[key, namespace]] : [])),
    );
    const resolved = resolveFlows(flows, {
      settings: config.network,
      apps,
      operatorNamespaces: namespaces,
      monitoringNamespace: config.monitoring.namespace,
    });
    const day = resolved.flatMap(({ from, to, text }): Normal[] => {
      if (from.kind !== "pods" || !Object.values(apps).includes(from.namespace)) return [];
      const targets =
        to.kind === "addresses" ? to.blocks.map(({ cidr }) => addressIn(cidr)) : ["10.40.3.7", "10.41.0.10"];
      return targets.flatMap((address) =>
        ["connect", "sendto", "sendmsg"].map((type) => ({
          what: `${text} (${address})`,
          event: connected(from.namespace, address, "main", type),
        })),
      );
    });
    const beyond = day.filter(({ what }) => /\((?!10\.)[\d.a-f:]+\)$/.test(what));
    assert.ok(day.length > 300 && beyond.length > 20, `${day.length} connections, ${beyond.length} beyond the cluster`);
    quiet(syscall, day);
  });

  for (const render of ["production", "demo"]) {
    it(`says nothing of what the suite's manifests start and probe (${render})`, function () {
      needFile(this, CORPUS);
      const folder = join(projectRoot(), CORPUS, render);
      const day = readdirSync(folder).flatMap((file) => {
        const namespace = `mijnbureau-${file.replace(/\.yaml$/, "")}`;
        return loadAll(readFileSync(join(folder, file), "utf8")).flatMap((object) => {
          if (!workloads.has(String(at(object, "kind")))) return [];
          const words = (value: unknown): string[] => list(value).map(String);
          return containersOf(object).flatMap((container) => {
            const who = `${String(at(object, "metadata", "name"))}/${String(at(container, "name"))}`;
            const probes = ["livenessProbe", "readinessProbe", "startupProbe"].map((probe) =>
              words(at(container, probe, "exec", "command")),
            );
            const hook = words(at(container, "lifecycle", "postStart", "exec", "command"));
            const command = [...words(at(container, "command")), ...words(at(container, "args"))];
            return [command, ...probes, hook].flatMap((each) => starts(namespace, each, who));
          });
        });
      });
      assert.ok(day.length > 60, `${day.length} starts`);
      quiet(syscall, day);
    });
  }

  it("says nothing of entry points that go by a shell, of files that apps write, of jobs with a token", () => {
    const yarn = "node /usr/local/bin/yarn start";
    quiet(syscall, [
      { what: "docs y-provider: yarn", event: spawned(DOCS, { name: "node", by: "containerd-shim" }) },
      { what: "docs y-provider: yarn start", event: spawned(DOCS, { name: "sh", by: "node", parentLine: yarn }) },
      { what: "docs y-provider: its server", event: spawned(DOCS, { name: "node", by: "sh" }) },
      {
        what: "nextcloud: entry point",
        event: spawned("mijnbureau-nextcloud", { name: "bash", by: "containerd-shim" }),
      },
      { what: "nextcloud: apache", event: spawned("mijnbureau-nextcloud", { name: "apache2", by: "bash" }) },
      { what: "nextcloud: cron", event: spawned("mijnbureau-nextcloud", { name: "sh", by: "crond" }) },
      { what: "keycloak: kc.sh", event: spawned("mijnbureau-keycloak", { name: "java", by: "kc.sh" }) },
      { what: "collabora: a jail", event: called("mijnbureau-collabora", "unshare", { "proc.name": "coolforkit" }) },
      { what: "collabora: a mount", event: called("mijnbureau-collabora", "mount", { "proc.name": "coolwsd" }) },
      { what: "nginx: its log", event: opened(DOCS, "/var/log/nginx/access.log", "write") },
      { what: "a file in /tmp", event: opened(DOCS, "/tmp/upload-1", "write") },
      { what: "who am I", event: opened(DOCS, "/etc/passwd", "read") },
      {
        what: "synapse's key generator",
        event: opened("mijnbureau-element", "/var/run/secrets/kubernetes.io/serviceaccount/token", "read", "kubectl"),
      },
      { what: "an exception, with its owner", event: spawned("mijnbureau-grist", { name: "apk", by: "sh" }) },
      { what: "outside the suite", event: spawned("somebody-elses", { name: "nc", by: "bash", tty: true }) },
    ]);
  });

  it("knows every operator at the API server, where upstream's rule would tell of each call", () => {
    const known = (namespace: string): boolean =>
      syscall.holds("user_known_contact_k8s_api_server_activities", connected(namespace, "10.41.0.1"));
    for (const namespace of namespaces) assert.ok(known(namespace), namespace);
    assert.ok(namespaces.length > 15 && !known(DOCS) && !known("somebody-elses"));
  });

  it("says nothing of what happens at the API server", () => {
    const secret = (user: Asked["user"], verb: string, more: Partial<Asked> = {}): Event =>
      asked({ user, verb, resource: "secrets", namespace: DOCS, ...more });
    const webhooks = "validatingwebhookconfigurations";
    const ignoring = { webhooks: [{ failurePolicy: "Ignore" }] };
    const restricted = { metadata: { labels: { "pod-security.kubernetes.io/enforce": "restricted" } } };
    const helmUri = `/api/v1/namespaces/${DOCS}/secrets?labelSelector=name%3Ddocs%2Cowner%3Dhelm`;
    const account = sa(DOCS, "mijnbureau-deployer");
    quiet(audit, [
      ...[deployer, account].flatMap((user) => [
        { what: "Helm lists its releases", event: secret(user, "list", { uri: helmUri }) },
        { what: "Helm reads its release", event: secret(user, "get", { name: "sh.helm.release.v1.docs.v3" }) },
        {
          what: "Helm writes its release",
          event: secret(user, "create", { name: "sh.helm.release.v1.docs.v4", code: 201 }),
        },
        { what: "Helm compares a Secret", event: secret(user, "get", { name: "docs-backend" }) },
        {
          what: "the suite's own NetworkPolicy",
          event: asked({ user, verb: "create", resource: "networkpolicies", namespace: DOCS, name: "docs-backend" }),
        },
        {
          what: "the suite's own RoleBinding",
          event: asked({ user, verb: "patch", resource: "rolebindings", namespace: DOCS, name: "synapse-keygen" }),
        },
      ]),
      {
        what: "External Secrets reads",
        event: secret(sa("external-secrets", "external-secrets"), "get", { name: "x" }),
      },
      {
        what: "External Secrets watches all",
        event: asked({ user: sa("external-secrets", "external-secrets"), verb: "watch", resource: "secrets" }),
      },
      {
        what: "cert-manager watches all",
        event: asked({ user: sa("cert-manager", "cert-manager"), verb: "watch", resource: "secrets" }),
      },
      { what: "Velero backs up", event: secret(sa("velero", "velero-server"), "list") },
      {
        what: "Velero's hook",
        event: asked({
          user: sa("velero", "velero-server"),
          verb: "create",
          resource: "pods",
          subresource: "exec",
          namespace: DOCS,
        }),
      },
      {
        what: "the garbage collector watches all",
        event: asked({ user: sa("kube-system", "generic-garbage-collector"), verb: "watch", resource: "secrets" }),
      },
      {
        what: "a kubelet asks for a token",
        event: asked({
          user: { username: "system:node:n1", groups: ["system:nodes"] },
          verb: "create",
          resource: "serviceaccounts",
          subresource: "token",
          namespace: DOCS,
        }),
      },
      {
        what: "the injector writes an authority",
        event: asked({
          user: sa("cert-manager", "cert-manager-cainjector"),
          verb: "patch",
          resource: webhooks,
          response: ignoring,
        }),
      },
      {
        what: "Kyverno writes its webhooks",
        event: asked({
          user: sa("kyverno", "kyverno-admission-controller"),
          verb: "update",
          resource: webhooks,
          response: ignoring,
        }),
      },
      {
        what: "Kubernetes writes what it thinks of a policy",
        event: asked({
          user: sa("kube-system", "validatingadmissionpolicy-status-controller"),
          verb: "update",
          resource: "validatingadmissionpolicies",
          subresource: "status",
        }),
      },
      {
        what: "Kubernetes counts a quota",
        event: asked({
          user: sa("kube-system", "resourcequota-controller"),
          verb: "update",
          resource: "resourcequotas",
          subresource: "status",
          namespace: DOCS,
        }),
      },
      {
        what: "pulumi up makes a namespace",
        event: asked({ user: platform, verb: "create", resource: "namespaces", name: DOCS, response: restricted }),
      },
      {
        what: "pulumi up changes a policy",
        event: asked({ user: platform, verb: "patch", resource: "validatingadmissionpolicies", name: "x" }),
      },
      {
        what: "pulumi up binds a role",
        event: asked({ user: platform, verb: "patch", resource: "clusterrolebindings", name: "x" }),
      },
      {
        what: "pulumi up changes a quota",
        event: asked({ user: platform, verb: "patch", resource: "resourcequotas", namespace: DOCS }),
      },
      {
        what: "pulumi up changes Falco",
        event: asked({ user: platform, verb: "patch", resource: "daemonsets", namespace: "falco" }),
      },
      {
        what: "a person is refused",
        event: asked({ user: person, verb: "delete", resource: "validatingadmissionpolicies", code: 403 }),
      },
      { what: "a person reads pods", event: asked({ user: person, verb: "list", resource: "pods", namespace: DOCS }) },
      {
        what: "a load balancer asks whether it is alive",
        event: auditEvent({
          user: { username: "system:anonymous", groups: ["system:unauthenticated"] },
          verb: "get",
          requestURI: "/livez?exclude=etcd",
          annotations: { "authorization.k8s.io/decision": "allow" },
        }),
      },
    ]);
  });
});

describe("forty intrusions", () => {
  const { syscall, audit } = rulesOf("prod-nl-north");
  const keycloak = "mijnbureau-keycloak";
  const shell = (by: string, name = "sh", namespace = DOCS): Event => spawned(namespace, { name, by });
  const label = (level: string) => ({ metadata: { labels: { "pod-security.kubernetes.io/enforce": level } } });
  const change = (resource: string, more: Partial<Asked> = {}): Event =>
    asked({ user: person, verb: "patch", resource, ...more });
  const pods = (subresource: string): Event =>
    asked({ user: person, verb: "create", resource: "pods", subresource, namespace: DOCS, name: "docs-backend-1" });

  const SERVER = "MijnBureau shell started by a server";
  const FOOTHOLD = "MijnBureau foothold written";
  const INTERNET = "MijnBureau connection to the internet";
  const table: readonly (readonly [what: string, event: Event, rule: string, rules?: RuleSet])[] = [
    [
      "somebody at a terminal in a pod",
      spawned(DOCS, { name: "bash", by: "runc", tty: true }),
      "MijnBureau shell with a terminal",
    ],
    ["a web shell in Nextcloud", shell("apache2", "sh", "mijnbureau-nextcloud"), SERVER],
    ["command injection in Django", shell("gunicorn"), SERVER],
    ["code in a task of Celery", shell("celery", "bash"), SERVER],
    ["Log4Shell and kin in Keycloak", shell("java", "bash", keycloak), SERVER],
    [
      "command injection in a Node.js server",
      spawned(DOCS, { name: "sh", by: "node", parentLine: "node dist/server.js" }),
      SERVER,
    ],
    ["a macro that breaks out in Collabora", shell("coolforkit", "sh", "mijnbureau-collabora"), SERVER],
    ["COPY … TO PROGRAM in PostgreSQL", shell("postgres"), SERVER],
    ["a module loaded into Redis", shell("redis-server"), SERVER],
    ["a crafted model in Ollama", shell("ollama", "bash", "mijnbureau-ollama"), SERVER],
    ["netcat listens", spawned(DOCS, { name: "nc", by: "python3" }), "MijnBureau tool of an intruder"],
    ["a scan of the network", spawned(DOCS, { name: "nmap", by: "sh" }), "MijnBureau tool of an intruder"],
    ["a miner", spawned(DOCS, { name: "xmrig", by: "sh" }), "MijnBureau tool of an intruder"],
    ["tools installed by a package manager", spawned(DOCS, { name: "apk", by: "sh" }), "MijnBureau package manager"],
    [
      "a program dropped in /tmp",
      spawned(DOCS, { name: "x", by: "gunicorn", path: "/tmp/.x" }),
      "MijnBureau program from a temporary directory",
    ],
    [
      "a program dropped in shared memory",
      spawned(DOCS, { name: "x", by: "node", path: "/dev/shm/x" }),
      "MijnBureau program from a temporary directory",
    ],
    [
      "a program without a file",
      spawned(DOCS, { name: "3", by: "python3", fromMemory: true }),
      "MijnBureau program from memory",
    ],
    ["a program replaced", opened(DOCS, "/usr/bin/python3", "write"), "MijnBureau write below a binary directory"],
    ["an account added", opened(DOCS, "/etc/passwd", "write"), FOOTHOLD],
    ["a scheduled command", opened(DOCS, "/etc/cron.d/x", "write"), FOOTHOLD],
    ["a key for the way back", opened(DOCS, "/root/.ssh/authorized_keys", "write"), FOOTHOLD],
    ["data carried off from an app without the internet", connected(keycloak, "203.0.113.66"), INTERNET],
    ["a mail server of one's own beside the stack's", connected(DOCS, "192.0.2.26"), INTERNET],
    [
      "the provider's credentials asked for",
      connected(DOCS, "169.254.169.254"),
      "MijnBureau metadata service of the provider",
    ],
    [
      "a token read by an app",
      opened(DOCS, "/var/run/secrets/kubernetes.io/serviceaccount/token", "read", "python3"),
      "MijnBureau service account token read",
    ],
    ["a module loaded into the kernel", called(DOCS, "finit_module"), "MijnBureau kernel module or program loaded"],
    ["a way out of the container", called(DOCS, "setns"), "MijnBureau namespace or mount changed"],
    ["memory of another process read", called(DOCS, "ptrace"), "MijnBureau process traced"],
    [
      "a reverse shell",
      called(DOCS, "dup2", { "evt.rawres": 0, "fd.type": "ipv4" }),
      "MijnBureau input and output over the network",
    ],
    [
      "a Secret read by a person",
      asked({ user: person, verb: "get", resource: "secrets", namespace: DOCS, name: "docs" }),
      "MijnBureau Secret read through the API",
      audit,
    ],
    [
      "the Secrets of an app listed by its deployer",
      asked({ user: deployer, verb: "list", resource: "secrets", namespace: DOCS }),
      "MijnBureau Secret read through the API",
      audit,
    ],
    [
      "all Secrets listed",
      asked({ user: person, verb: "list", resource: "secrets" }),
      "MijnBureau Secrets listed across namespaces",
      audit,
    ],
    ["exec into a pod", pods("exec"), "MijnBureau exec into a pod", audit],
    ["a container added to a pod", pods("ephemeralcontainers"), "MijnBureau exec into a pod", audit],
    [
      "a kubelet reached through the API server",
      asked({ user: person, verb: "get", resource: "nodes", subresource: "proxy", name: "n1" }),
      "MijnBureau node reached through the API",
      audit,
    ],
    [
      "a token made by hand",
      asked({
        user: person,
        verb: "create",
        resource: "serviceaccounts",
        subresource: "token",
        namespace: DOCS,
        name: "default",
      }),
      "MijnBureau token requested",
      audit,
    ],
    [
      "a policy deleted",
      change("validatingadmissionpolicies", { verb: "delete", name: "x" }),
      "MijnBureau guardrail removed",
      audit,
    ],
    [
      "a binding set to Audit",
      change("validatingadmissionpolicybindings", { response: { spec: { validationActions: ["Audit"] } } }),
      "MijnBureau binding no longer refuses",
      audit,
    ],
    [
      "a webhook set to Ignore",
      change("validatingwebhookconfigurations", {
        response: { webhooks: [{ failurePolicy: "Fail" }, { failurePolicy: "Ignore" }] },
      }),
      "MijnBureau guardrail let through on failure",
      audit,
    ],
    [
      "a policy set to Ignore",
      change("validatingadmissionpolicies", { response: { spec: { failurePolicy: "Ignore" } } }),
      "MijnBureau guardrail let through on failure",
      audit,
    ],
    [
      "a policy loosened",
      change("validatingadmissionpolicies", { response: { spec: { failurePolicy: "Fail", validations: [] } } }),
      "MijnBureau guardrail changed",
      audit,
    ],
    [
      "an exception to Kyverno's policies",
      change("policyexceptions", { verb: "create", namespace: DOCS }),
      "MijnBureau exception to policies made",
      audit,
    ],
    [
      "a namespace lowered to privileged",
      change("namespaces", { name: DOCS, response: label("privileged") }),
      "MijnBureau Pod Security lowered",
      audit,
    ],
    [
      "the label of a namespace removed",
      change("namespaces", { name: DOCS, response: { metadata: { labels: {} } } }),
      "MijnBureau Pod Security lowered",
      audit,
    ],
    [
      "default deny deleted",
      change("networkpolicies", { verb: "delete", namespace: DOCS, name: "default-deny" }),
      "MijnBureau namespace guardrail changed",
      audit,
    ],
    [
      "a quota raised by a deployer",
      asked({ user: deployer, verb: "patch", resource: "resourcequotas", namespace: DOCS, name: "quota" }),
      "MijnBureau namespace guardrail changed",
      audit,
    ],
    [
      "rights for the whole cluster",
      change("clusterrolebindings", { verb: "create", name: "x", code: 201 }),
      "MijnBureau cluster-wide right given",
      audit,
    ],
    [
      "a request in another's name",
      asked({
        user: person,
        verb: "list",
        resource: "pods",
        impersonated: "system:serviceaccount:velero:velero-server",
      }),
      "MijnBureau identity of another taken",
      audit,
    ],
    [
      "a stolen certificate of system:masters",
      asked({
        user: { username: "kubernetes-super-admin", groups: ["system:masters"] },
        verb: "list",
        resource: "pods",
      }),
      "MijnBureau rights beyond RBAC used",
      audit,
    ],
    [
      "an API server that lets anybody in",
      auditEvent({
        user: { username: "system:anonymous", groups: ["system:unauthenticated"] },
        verb: "list",
        requestURI: "/api/v1/pods",
        objectRef: { resource: "pods" },
        annotations: { "authorization.k8s.io/decision": "allow" },
      }),
      "MijnBureau request by nobody",
      audit,
    ],
    [
      "a certificate for oneself approved",
      change("certificatesigningrequests", { subresource: "approval", name: "x" }),
      "MijnBureau certificate approved",
      audit,
    ],
    [
      "Falco taken off the nodes",
      change("daemonsets", { verb: "delete", namespace: "falco", name: "falco" }),
      "MijnBureau detection switched off",
      audit,
    ],
  ];

  it("are forty or more, and leave no rule out", () => {
    assert.ok(table.length >= 40, `${table.length}`);
    const rules = new Set(table.map(([, , rule]) => rule));
    assert.deepEqual(
      [...syscall.names, ...audit.names].filter((name) => !rules.has(name)),
      [],
    );
  });

  for (const [what, event, rule, rules = syscall] of table)
    it(`${what}: ${rule}`, () =>
      assert.ok(rules.fired(event).includes(rule), `fired: ${rules.fired(event).join(", ") || "nothing"}`));

  it("an exception ends by itself after its last day", () => {
    const on = (day: string): Event => {
      const event = spawned("mijnbureau-grist", { name: "apk", by: "sh" });
      return (field) => (field === "evt.rawtime" ? `${Date.parse(day)}000000` : event(field));
    };
    assert.deepEqual(syscall.fired(on("2027-01-31T23:59:59Z")), []);
    assert.deepEqual(syscall.fired(on("2027-02-01T00:00:00Z")), ["MijnBureau package manager"]);
  });
});
