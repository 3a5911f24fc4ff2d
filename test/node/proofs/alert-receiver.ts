import type { ChildProcess } from "node:child_process";
import { createServer, type Server } from "node:http";
import { z } from "zod";
import { crdsOf } from "../../../components/crds/crds";
import { alertmanagerConfig, alertmanagerSecrets } from "../../../components/operators/prometheus/alertmanager";
import { CONFIG_SECRET } from "../../../components/operators/prometheus/values";
import { isReal, type RealImage } from "../../../embedded/nodes/images";
import { at, type KubeObject } from "../../../lib/kube/client";
import { chart } from "../../controllers/support";
import { end, outsideAddress } from "./outside";

/** Outside the cluster, as the dev stack's `receiverCidrs` have it. */
const ADDRESS = "192.0.2.40";
const IMAGES = [
  ...["prometheus-operator/prometheus-operator", "prometheus-operator/prometheus-config-reloader"],
  ...["prometheus/prometheus", "prometheus/alertmanager"],
].map((name) => `quay.io/${name}`);

/** https://prometheus.io/docs/alerting/latest/configuration/#webhook_config, its body. */
const notification = z.object({
  alerts: z.array(z.object({ status: z.string(), labels: z.record(z.string(), z.string()) })),
});
export interface Arrived {
  readonly path: string;
  readonly status: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** Who is told, on this machine, and the address outside the cluster from where a relay leads to it. */
export class AlertReceiver {
  readonly arrived: Arrived[] = [];

  private constructor(
    private readonly server: Server,
    private readonly processes: ChildProcess[],
  ) {}

  /** For a cluster whose Prometheus and Alertmanager are real. */
  static async up(dir: string, images: readonly RealImage[]): Promise<AlertReceiver | undefined> {
    if (!IMAGES.every((name) => isReal(`${name}:`, images))) return undefined;
    const server = createServer();
    const made = new AlertReceiver(server, []);
    server.on("request", (request, response) => {
      let text = "";
      request.on("data", (chunk: Buffer) => (text += chunk.toString()));
      request.on("end", () => {
        const { alerts } = notification.parse(JSON.parse(text));
        made.arrived.push(...alerts.map((alert) => ({ path: request.url ?? "", ...alert })));
        response.end();
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    made.processes.push(outsideAddress(dir, ADDRESS, `127.0.0.1:${String(at(server.address(), "port"))}`));
    return made;
  }

  /** The kinds as they are, and what the secret store gives Alertmanager. */
  objects(namespace: string): readonly KubeObject[] {
    const to = { type: "webhook" } as const;
    const filled = Object.keys(alertmanagerSecrets(to, {})).reduce(
      (text, name) => text.replaceAll(`{{ .${name} | toJson }}`, JSON.stringify(`http://${ADDRESS}:443/${name}`)),
      alertmanagerConfig(to),
    );
    return [
      ...crdsOf(chart("kube-prometheus-stack")).map((definition) => ({ ...definition })),
      {
        apiVersion: "v1",
        kind: "Secret",
        metadata: { name: CONFIG_SECRET, namespace },
        stringData: { "alertmanager.yaml": filled },
      },
    ];
  }

  async down(): Promise<void> {
    this.server.close();
    this.server.closeAllConnections();
    await end(this.processes);
  }
}
