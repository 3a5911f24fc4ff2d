import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import type { Context } from "mocha";
import { loadStack } from "../../../cli/verify/stack";
import type { LoadedConfig } from "../../../config/load";
import { clusterPaths } from "../../../embedded/cluster/paths";
import { StateFile } from "../../../embedded/cluster/state";
import { at, KubeClient, type KubeObject } from "../../../lib/kube/client";
import { PlatformCopy, type Ended } from "../../embedded/platform-copy";
import { networkOf } from "../../../embedded/nodes";
import { isReady, Kubectl, needNodes, readyPod, restrictedPod } from "../support";
import { sleep } from "../../../embedded/cluster/files";

export const corpus = join(__dirname, "../../../../shared/corpus/mijnbureau");
const POD = { apiVersion: "v1", kind: "Pod" };

/** The platform as `npm start -- --nodes 2` brings it up, in a copy of the project, with the suite's pods on it. */
export class World {
  readonly client: KubeClient;
  readonly kubectl: Kubectl;
  readonly config: LoadedConfig;

  private constructor(
    readonly copy: PlatformCopy,
    kubectl: string,
    /** What the start said. */
    readonly started: Ended,
  ) {
    this.client = KubeClient.fromKubeconfig(copy.kubeconfig, undefined, { timeoutMs: 60_000 });
    this.kubectl = new Kubectl(kubectl, copy.kubeconfig);
    this.config = loadStack(copy.root, "dev");
  }

  static async up(context: Context): Promise<World> {
    const { kubectl } = await needNodes(context);
    const copy = new PlatformCopy();
    await copy.make();
    try {
      const started = await copy.start(["--nodes", "2"]);
      if (!existsSync(copy.kubeconfig)) throw new Error(started.output.slice(-3000));
      return new World(copy, kubectl, started);
    } catch (error) {
      await copy.remove();
      throw error;
    }
  }

  async down(): Promise<void> {
    this.client.close();
    await this.copy.remove();
  }

  get state(): StateFile {
    return new StateFile(clusterPaths(join(this.copy.root, ".pulumi-dev", "cluster")));
  }

  /** Applies a render of the suite as its deployer, and waits until its pods are ready or say why they are not. */
  async install(
    environment: "production" | "demo",
  ): Promise<{ readonly report: unknown; readonly pods: readonly KubeObject[] }> {
    const folder = this.render(environment);
    const { output } = await this.copy.cli("verify-mijnbureau", [folder, "--json", "--timeout", "180"]);
    const begin = output.indexOf("\n{") + 1;
    let report: unknown;
    try {
      report = JSON.parse(output.slice(begin, output.lastIndexOf("}") + 1));
    } catch {
      throw new Error(`verify printed no report: ${output.slice(-2000)}`);
    }
    return { report, pods: await this.runningPods() };
  }

  async uninstall(environment: "production" | "demo"): Promise<void> {
    await this.copy.cli("verify-mijnbureau", [this.render(environment), "--delete"]);
    for (let tries = 0; tries < 240; tries++) {
      const left = await this.client.list(POD, {});
      if (!left.some((pod) => (pod.metadata.namespace ?? "").startsWith("mijnbureau-"))) return;
      await sleep(500);
    }
  }

  /** As rendered, but for digests: an image of upstream's cannot be had by its digest, nor made to have it. */
  private render(environment: string): string {
    const folder = join(this.copy.root, "render", environment);
    mkdirSync(folder, { recursive: true });
    for (const name of readdirSync(join(corpus, environment))) {
      const text = readFileSync(join(corpus, environment, name), "utf8");
      writeFileSync(join(folder, basename(name)), text.replaceAll(/@sha256:[0-9a-f]{64}/g, ""));
    }
    return folder;
  }

  /** The edge is the cluster's, not the stack's: pods with the labels that the stack's configuration names. */
  async ingressStandIn(): Promise<void> {
    const { namespace, podLabels, podPorts } = this.config.network.ingress;
    await this.client.apply({ apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } }, { force: true });
    const pod = restrictedPod(namespace, "ingress-controller", {
      labels: { ...podLabels },
      container: { ports: podPorts.map((containerPort) => ({ containerPort })), readinessProbe: undefined },
    });
    await this.client.apply(pod, { force: true });
    await readyPod(this.client, namespace, "ingress-controller");
  }

  /** The program of the toolchain that tries connections, outside of pods. */
  get helper(): string {
    return networkOf(this.state).helper;
  }

  /** The answer of `check` as soon as it has one, within a minute. */
  async eventually<T>(check: () => Promise<T | undefined>): Promise<T | undefined> {
    const deadline = Date.now() + 60_000;
    for (;;) {
      const found = await check();
      if (found !== undefined || Date.now() > deadline) return found;
      await sleep(1000);
    }
  }

  /** Pods whose containers run, on real nodes. */
  async runningPods(): Promise<readonly KubeObject[]> {
    const pods = await this.client.list(POD);
    return pods.filter(
      (pod) =>
        String(at(pod, "spec", "nodeName")).startsWith("real-") &&
        at(pod, "status", "phase") === "Running" &&
        pod.metadata.deletionTimestamp === undefined &&
        isReady(pod),
    );
  }
}
