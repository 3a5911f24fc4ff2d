import { X509Certificate } from "node:crypto";
import { z } from "zod";
import { calendarOf, daysUntil, SOON_DAYS, URGENT_DAYS } from "../components/calendar";
import { sender, type Send } from "../components/cluster/webhooks";
import { stackConfig } from "../components/stack-file";
import { dayOf, type CalendarEntry } from "../config/calendar";
import type { LoadedConfig } from "../config/load";
import { loadKubeconfig } from "../lib/kube/kubeconfig";
import { main, noOperands, parseOptions, UsageError, type Command, type ExitStatus } from "./command";

const USAGE = `Usage: npm run calendar -- --stack <stack>

Everything of a stack that ends on a day, the first first: exemptions, certificates, pins, support, and what
the stack file lists under \`calendar\`. With its cluster: also its version's support, cert-manager's
certificates and the kubeconfig's own.

  --stack, -s <stack>   the stack
  --cluster             ask the stack's cluster as well
  --json                as one list, for programs

Exit status: 0 nothing ends within ${URGENT_DAYS} days, 1 something does or has ended, 2 wrong use.
`;

const versionInfo = z.object({ gitVersion: z.string() });
const certificateList = z.object({
  items: z.array(
    z.object({
      metadata: z.object({ name: z.string(), namespace: z.string() }),
      status: z.object({ notAfter: z.string().optional() }).optional(),
    }),
  ),
});

async function get<T>(send: Send, path: string, schema: z.ZodType<T>): Promise<T | undefined> {
  const { status, body } = await send("GET", path);
  return status === 200 ? schema.parse(JSON.parse(body)) : undefined;
}

/** What the cluster itself shows. */
async function ofCluster(config: LoadedConfig): Promise<{ version: string | undefined; entries: CalendarEntry[] }> {
  const send = sender(config.cluster);
  const version = (await get(send, "/version", versionInfo))?.gitVersion;
  const certificates = await get(send, "/apis/cert-manager.io/v1/certificates", certificateList);
  const issued = (certificates?.items ?? []).flatMap(({ metadata: { namespace, name }, status }) =>
    status?.notAfter === undefined
      ? []
      : [
          {
            what: `certificate ${namespace}/${name}`,
            ends: status.notAfter.slice(0, 10),
            source: "cert-manager",
            action: "cert-manager renews it by itself; if it has not: docs/runbooks/certificate-expiring.md",
          },
        ],
  );
  return { version, entries: [...issued, ...(await ofKubeconfig(config))] };
}

async function ofKubeconfig(config: LoadedConfig): Promise<CalendarEntry[]> {
  const user = (await loadKubeconfig(config.cluster)).getCurrentUser();
  const pem = user?.certData;
  if (user === null || pem === undefined) return [];
  const { validTo } = new X509Certificate(Buffer.from(pem, "base64"));
  return [
    {
      what: `certificate of ${user.name} in the kubeconfig`,
      ends: dayOf(new Date(validTo)),
      source: "cluster.kubeconfig",
      action: "ask the cluster's administrators for a new one",
    },
  ];
}

/** The newest version that the release knows, where no cluster is asked: its own support is then not shown. */
const UNKNOWN_VERSION = "v1.0.0";

async function run(args: readonly string[]): Promise<ExitStatus> {
  const { values, positionals } = parseOptions(args, {
    stack: { type: "string", short: "s" },
    cluster: { type: "boolean", default: false },
    json: { type: "boolean", default: false },
  });
  noOperands(positionals);
  const { stack } = values;
  if (stack === undefined) throw new UsageError("name the stack: --stack <stack>");
  const config = stackConfig(".", stack);
  const { version = UNKNOWN_VERSION, entries } = values.cluster
    ? await ofCluster(config)
    : { version: undefined, entries: [] };
  const today = dayOf(new Date());
  const all = [...calendarOf(config, { version }), ...entries]
    .sort((one, other) => one.ends.localeCompare(other.ends))
    .map((entry) => ({ ...entry, days: daysUntil(entry.ends, today) }));
  console.log(values.json ? JSON.stringify(all, undefined, 2) : all.map(line).join("\n"));
  return all.some(({ days }) => days <= URGENT_DAYS) ? 1 : 0;
}

function line({ what, ends, days, source, action }: CalendarEntry & { days: number }): string {
  const when = days < 0 ? "ENDED" : days <= URGENT_DAYS ? "urgent" : days <= SOON_DAYS ? "soon" : "";
  const first = `${ends}  ${String(days).padStart(5)} days  ${when.padEnd(7)}${what} (${source})`;
  return days <= SOON_DAYS ? `${first}\n${" ".repeat(21)}${action}` : first;
}

export const command: Command = {
  name: "calendar",
  summary: "what of a stack ends on a day, and what to do before",
  usage: USAGE,
  run,
};

if (require.main === module) main(command);
