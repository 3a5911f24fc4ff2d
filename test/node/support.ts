import { execFile, spawn, type ChildProcess } from "node:child_process";
import { tmpdir } from "node:os";
import { promisify } from "node:util";
import type { Context } from "mocha";
import { z } from "zod";
import type { KubeClient } from "../../lib/kube/client";
import { at, type KubeObject } from "../../lib/kube/client";
import { COMPONENTS } from "../../embedded/cluster/components";
import { sleep } from "../../embedded/cluster/files";
import { IMAGE_TOOLS } from "../../embedded/nodes/images";
import { whyNoNodes } from "../../embedded/nodes/machine";
import { NODE_TOOLS } from "../../embedded/nodes/specs";
import { needTools, skip } from "../support/needs";

const run = promisify(execFile);

/** The tools of a cluster with real nodes, or the tests are left out with the reason. */
export async function needNodes(context: Context) {
  const reason = whyNoNodes(tmpdir());
  if (reason !== undefined) skip(context, reason);
  return needTools(context, ...COMPONENTS, ...NODE_TOOLS, "kubectl", ...IMAGE_TOOLS);
}

export interface Ended {
  readonly code: number;
  readonly output: string;
}

/** kubectl on one cluster, from outside its nodes. */
export class Kubectl {
  constructor(
    private readonly binary: string,
    readonly kubeconfig: string,
  ) {}

  async run(args: readonly string[], input?: string): Promise<Ended> {
    const done = run(this.binary, ["--kubeconfig", this.kubeconfig, ...args], {
      encoding: "utf8",
      maxBuffer: 2 ** 26,
      timeout: 120_000,
    });
    if (input !== undefined) done.child.stdin?.end(input);
    else done.child.stdin?.end();
    try {
      const { stdout, stderr } = await done;
      return { code: 0, output: stdout + stderr };
    } catch (error) {
      const code = at(error, "code");
      return {
        code: typeof code === "number" ? code : 1,
        output: `${String(at(error, "stdout"))}${String(at(error, "stderr"))}`,
      };
    }
  }

  exec(namespace: string, pod: string, command: readonly string[], input?: string): Promise<Ended> {
    const stdin = input === undefined ? [] : ["--stdin"];
    return this.run(["exec", ...stdin, "--namespace", namespace, pod, "--", ...command], input);
  }

  /** A port of a pod on this machine, for as long as the work lasts. */
  async forward<T>(namespace: string, pod: string, port: number, work: (port: number) => Promise<T>): Promise<T> {
    const args = ["--kubeconfig", this.kubeconfig, "port-forward", "--namespace", namespace, `pod/${pod}`];
    const forward = spawn(this.binary, [...args, `:${String(port)}`], { stdio: ["ignore", "pipe", "pipe"] });
    try {
      return await work(await portOf(forward));
    } finally {
      forward.kill();
    }
  }
}

/** Where kubectl port-forward says that it listens. */
function portOf(forward: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    let text = "";
    const take = (chunk: Buffer): void => {
      text += chunk.toString();
      const found = /127\.0\.0\.1:(\d+) ->/.exec(text)?.[1];
      if (found !== undefined) resolve(Number(found));
    };
    forward.stdout?.on("data", take);
    forward.stderr?.on("data", take);
    forward.once("close", () => {
      reject(new Error(`port-forward ended: ${text}`));
    });
  });
}

export async function eventually<T>(what: string, check: () => Promise<T | undefined>, timeoutMs = 60_000): Promise<T> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const found = await check();
    if (found !== undefined) return found;
    if (Date.now() > deadline) throw new Error(`not within ${String(timeoutMs / 1000)} s: ${what}`);
    await sleep(200);
  }
}

const POD = { apiVersion: "v1", kind: "Pod" };

export const isReady = (pod: KubeObject): boolean => {
  const conditions = at(pod, "status", "conditions");
  return (
    Array.isArray(conditions) &&
    conditions.some((each: unknown) => at(each, "type") === "Ready" && at(each, "status") === "True")
  );
};

export async function readyPod(
  client: KubeClient,
  namespace: string,
  name: string,
  // A busy machine takes minutes for what takes seconds on a quiet one.
  timeoutMs = 180_000,
): Promise<KubeObject> {
  return eventually(
    `pod ${namespace}/${name} is ready`,
    async () => {
      const pod = await client.find({ ...POD, namespace, name });
      return pod !== undefined && isReady(pod) ? pod : undefined;
    },
    timeoutMs,
  );
}

/** A name that the platform's rules on registries let in; what runs is the stand-in. */
export const IMAGE = "docker.io/nginxinc/nginx-unprivileged:1.31.3";

/** A pod as Pod Security `restricted` wants it: a stand-in that listens on 8080, unless told otherwise. */
export function restrictedPod(
  namespace: string,
  name: string,
  {
    labels = { app: name },
    spec = {},
    container = {},
  }: { labels?: Record<string, string>; spec?: object; container?: object } = {},
): KubeObject {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, namespace, labels },
    spec: {
      automountServiceAccountToken: false,
      terminationGracePeriodSeconds: 1,
      securityContext: { runAsNonRoot: true, runAsUser: 1000, seccompProfile: { type: "RuntimeDefault" } },
      containers: [
        {
          name: "main",
          image: IMAGE,
          ports: [{ containerPort: 8080 }],
          readinessProbe: { httpGet: { path: "/", port: 8080 }, periodSeconds: 1 },
          resources: { requests: { cpu: "1m", memory: "8Mi" }, limits: { memory: "64Mi" } },
          securityContext: {
            allowPrivilegeEscalation: false,
            readOnlyRootFilesystem: true,
            capabilities: { drop: ["ALL"] },
          },
          ...container,
        },
      ],
      ...spec,
    },
  };
}

/** A line of `node-helper probe`. */
export const tried = z.object({
  target: z.string(),
  outcome: z.enum(["open", "refused", "closed", "error"]),
  detail: z.string().default(""),
});
export type Tried = z.infer<typeof tried>;

/** Tries connections from inside a pod, all at once. */
export async function probe(
  kubectl: Kubectl,
  from: { readonly namespace: string; readonly pod: string; readonly container?: string },
  targets: readonly string[],
  options: readonly string[] = [],
): Promise<readonly Tried[]> {
  const container = from.container === undefined ? [] : ["--container", from.container];
  const args = ["exec", "--stdin", "--namespace", from.namespace, ...container, from.pod, "--"];
  const { code, output } = await kubectl.run([...args, "/stand-in", "probe", ...options], targets.join("\n"));
  const found = output
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .map((line) => tried.parse(JSON.parse(line)));
  if (code !== 0 || found.length !== targets.length) {
    throw new Error(
      `${from.namespace}/${from.pod}: ${String(found.length)} of ${String(targets.length)} tried: ${output.slice(0, 500)}`,
    );
  }
  return found;
}
