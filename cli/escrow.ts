import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { basename } from "node:path";
import { escrowed, ESCROW_RECORD } from "../components/recovery/escrow";
import { stackConfig } from "../components/stack-file";
import { UserError } from "../lib/errors";
import { at, type KubeClient } from "../lib/kube/client";
import { main, noOperands, parseOptions, UsageError, type Command, type ExitStatus } from "./command";
import { clientOf } from "./recovery/cluster";

const USAGE = `Usage: mijnbureau escrow --stack <stack> --recipient <age1…> [--recipient …] --output <file>

Writes what must lie outside the cluster into a file that only the named recipients can read (age, https://age-encryption.org),
reads it again and compares, and has the cluster remember the day; preflight warns when it is long ago.

  --stack, -s <stack>     the stack
  --recipient, -r <key>   public key of somebody who may read it; as often as there are people, two at least
  --recipients <file>     the same, one a line
  --with <file>           takes a file along, such as the output of pulumi stack export; as often as needed
  --output, -o <file>     where to write; it must not be there yet

To read it: age --decrypt --identity <private key> <file>

Exit status: 0 written and checked, 1 not, 2 wrong use.
`;

async function run(args: readonly string[]): Promise<ExitStatus> {
  const { values, positionals } = parseOptions(args, {
    stack: { type: "string", short: "s" },
    recipient: { type: "string", short: "r", multiple: true, default: [] },
    recipients: { type: "string" },
    with: { type: "string", multiple: true, default: [] },
    output: { type: "string", short: "o" },
  });
  noOperands(positionals);
  const { stack, output } = values;
  if (stack === undefined) throw new UsageError("name the stack: --stack <stack>");
  if (output === undefined) throw new UsageError("name the file to write: --output <file>");
  if (existsSync(output))
    throw new UserError(
      `--output ${output}: is there already; an older file is worth keeping until the new one is with its recipients`,
    );
  const recipients = [
    ...new Set([...values.recipient, ...(values.recipients === undefined ? [] : lines(values.recipients))]),
  ];
  if (recipients.length < 2) throw new UsageError("name two recipients at least: one person can be ill");
  const config = stackConfig(".", stack);
  const client = clientOf(config);
  try {
    const secrets = await read(client, escrowed(config));
    const files = Object.fromEntries(values.with.map((file) => [basename(file), content(file)]));
    const written = {
      made: new Date().toISOString(),
      stack,
      organisation: config.organisation ?? config.domain,
      recipients,
      secrets,
      files,
    };
    await encryptTo(output, JSON.stringify(written, undefined, 2), recipients);
    await remember(client, { at: written.made, recipients: String(recipients.length), file: basename(output) });
    console.log(
      `${output}: written for ${recipients.length} recipients, read again and compared; ${secrets.length} secrets, ${values.with.length} files`,
    );
    console.log("Give it to them, and keep it where whoever can delete the bucket cannot.");
    return 0;
  } finally {
    client.close();
  }
}

function content(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new UserError(`${file}: cannot be read (${error instanceof Error ? error.message : String(error)})`);
  }
}

const lines = (file: string): string[] =>
  content(file)
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#"));

interface Read {
  readonly namespace: string;
  readonly name: string;
  readonly key: string;
  readonly why: string;
  readonly value: string;
}

async function read(client: KubeClient, wanted: ReturnType<typeof escrowed>): Promise<Read[]> {
  if (wanted.length === 0)
    throw new UserError("this stack has nothing that must lie outside the cluster: operators.velero is off");
  const found: Read[] = [];
  for (const each of wanted) {
    const secret = await client.find({ apiVersion: "v1", kind: "Secret", name: each.name, namespace: each.namespace });
    const value = at(secret, "data", each.key);
    if (typeof value !== "string")
      throw new UserError(
        `Secret ${each.namespace}/${each.name} has no ${each.key}: is the stack up? Nothing was written`,
      );
    found.push({ ...each, value: Buffer.from(value, "base64").toString("utf8") });
  }
  return found;
}

/** A key of this run alone is among the recipients, so that what was written can be read again; then nobody has it. */
export async function encryptTo(file: string, plain: string, recipients: readonly string[]): Promise<void> {
  // The library is an ES module; a dynamic import is the only way in from CommonJS.
  const { armor, Decrypter, Encrypter, generateIdentity, identityToRecipient } = await import("age-encryption");
  const encrypter = new Encrypter();
  for (const recipient of recipients) {
    try {
      encrypter.addRecipient(recipient);
    } catch (error) {
      throw new UserError(
        `--recipient ${recipient}: is no public key of age (${error instanceof Error ? error.message : String(error)}); one begins with age1. Nothing was written`,
      );
    }
  }
  const own = await generateIdentity();
  encrypter.addRecipient(await identityToRecipient(own));
  writeFileSync(file, armor.encode(await encrypter.encrypt(plain)), { mode: 0o600, flag: "wx" });
  const decrypter = new Decrypter();
  decrypter.addIdentity(own);
  const again = await decrypter.decrypt(armor.decode(readFileSync(file, "utf8")), "text");
  if (digest(again) !== digest(plain))
    throw new UserError(`${file}: reads as something else than was written; do not use it`);
}

const digest = (text: string): string => createHash("sha256").update(text).digest("hex");

async function remember(client: KubeClient, data: Readonly<Record<string, string>>): Promise<void> {
  await client.apply({ apiVersion: "v1", kind: "ConfigMap", metadata: { ...ESCROW_RECORD }, data }, { force: true });
}

export const command: Command = {
  name: "escrow",
  summary: "write what must lie outside the cluster, for named people only",
  usage: USAGE,
  run,
};

if (require.main === module) main(command);
