import * as fs from "node:fs";
import * as path from "node:path";
import { auditFlags, auditService, auditWebhookConfig, type AuditWebhook } from "../components/audit-policy";
import { stackConfig, stackPlan } from "../components/stack-file";
import type { LoadedConfig } from "../config/load";
import { UserError } from "../lib/errors";
import { at, KubeClient } from "../lib/kube/client";
import { explain } from "../lib/kube/errors";
import { main, noOperands, parseOptions, UsageError, type Command, type ExitStatus } from "./command";

const usage = `Usage: npm run audit -- --stack <stack> --out <folder> [options]

Writes what kube-apiserver needs for the stack's audit trail: the audit policy, the configuration of the webhook by which
Falco gets the events, and the flags that name both.

  --stack, -s <stack>  the stack
  --out, -o <folder>   where the files go
  --url <url>          Falco's endpoint as the API server reaches it (default: the cluster IP of its Service, asked for)
  --ca <file>          PEM of the authority of its certificate (default: as the cluster has it)
  --no-webhook         the policy and its flags alone, before falco-audit is there
  --place <folder>     where the files will lie on the control plane (default ${"/etc/kubernetes/audit"})

Exit status: 0 written, 1 could not be, 2 wrong use.
`;

const LOG = "/var/log/kubernetes/audit/audit.log";
const files = { policy: "audit-policy.yaml", webhook: "audit-webhook.yaml" } as const;

interface Wanted {
  readonly url?: string | undefined;
  readonly ca?: string | undefined;
}

/** The webhook's address and authority: as given, or as the stack's cluster has them. */
async function webhookOf(config: LoadedConfig, { url, ca }: Wanted): Promise<AuditWebhook> {
  if (url !== undefined && ca !== undefined) return { url, certificateAuthority: readAuthority(ca) };
  const { namespace, name, certificate, port } = auditService;
  try {
    const client = new KubeClient(config.cluster, { timeoutMs: 10_000 });
    try {
      const service = await client.get({ apiVersion: "v1", kind: "Service", namespace, name });
      const secret = await client.get({ apiVersion: "v1", kind: "Secret", namespace, name: certificate });
      const address = at(service, "spec", "clusterIP");
      const authority = at(secret, "data", "ca.crt");
      if (typeof address !== "string" || typeof authority !== "string")
        throw new UserError(`Secret ${namespace}/${certificate} has no ca.crt yet; wait for cert-manager`);
      const host = address.includes(":") ? `[${address}]` : address;
      return {
        url: url ?? `https://${host}:${port}/k8s-audit`,
        certificateAuthority: ca === undefined ? Buffer.from(authority, "base64").toString("utf8") : readAuthority(ca),
      };
    } finally {
      client.close();
    }
  } catch (error) {
    throw new UserError(
      `the webhook's address and authority are the cluster's to tell, and it does not: ${explain(error)}. ` +
        "Give --url and --ca, or --no-webhook to write the policy first",
    );
  }
}

function readAuthority(file: string): string {
  const text = fs.existsSync(file) ? fs.readFileSync(file, "utf8") : undefined;
  if (text === undefined) throw new UserError(`--ca ${file}: does not exist`);
  if (!text.includes("-----BEGIN CERTIFICATE-----")) throw new UserError(`--ca ${file}: holds no certificate in PEM`);
  return text;
}

/** On managed control planes nobody can give flags. */
function refuseManaged({ cluster: { distribution } }: LoadedConfig): void {
  if (!["eks", "aks", "gke"].includes(distribution)) return;
  throw new UserError(
    `cluster.distribution is ${distribution}: its control plane takes no flags. Switch its audit log on at the provider, ` +
      `and name where it keeps it: operators.falco-audit.source, type ${distribution}`,
  );
}

/** What the files are for and where they go, for whoever runs the control plane. */
function flagsText(distribution: string, flags: readonly string[]): string {
  if (distribution !== "rke2") return `${flags.join("\n")}\n`;
  const [policy = "", ...others] = flags.map((flag) => flag.replace(/^--/, ""));
  const argument = (flag: string): string => `  - "${flag}"`;
  return [
    "# For /etc/rancher/rke2/config.yaml of each server node.",
    `audit-policy-file: ${policy.replace(/^[^=]*=/, "")}`,
    "kube-apiserver-arg:",
    ...others.map(argument),
    "",
  ].join("\n");
}

async function run(args: readonly string[]): Promise<ExitStatus> {
  const { values, positionals } = parseOptions(args, {
    stack: { type: "string", short: "s" },
    out: { type: "string", short: "o" },
    url: { type: "string" },
    ca: { type: "string" },
    "no-webhook": { type: "boolean", default: false },
    place: { type: "string", default: "/etc/kubernetes/audit" },
  });
  noOperands(positionals);
  const { stack, out, place } = values;
  if (stack === undefined || out === undefined) throw new UsageError("name the stack and the folder: --stack, --out");
  const config = stackConfig(".", stack);
  refuseManaged(config);
  const webhook = values["no-webhook"] ? undefined : await webhookOf(config, values);
  const flags = auditFlags({
    policy: path.posix.join(place, files.policy),
    log: LOG,
    ...(webhook !== undefined && { webhook: path.posix.join(place, files.webhook) }),
  });
  const { distribution } = config.cluster;
  const flagsFile = distribution === "rke2" ? "rke2-config.yaml" : "kube-apiserver-flags.txt";
  const written: Readonly<Record<string, string>> = {
    [files.policy]: stackPlan(config).auditPolicy,
    ...(webhook !== undefined && { [files.webhook]: auditWebhookConfig(webhook) }),
    [flagsFile]: flagsText(distribution, flags),
  };
  fs.mkdirSync(out, { recursive: true });
  for (const [name, text] of Object.entries(written)) {
    fs.writeFileSync(path.join(out, name), text, { mode: 0o600 });
    console.log(path.join(out, name));
  }
  return 0;
}

export const command: Command = {
  name: "audit",
  summary: "files by which the API server keeps its audit trail",
  usage,
  run,
};

if (require.main === module) main(command);
