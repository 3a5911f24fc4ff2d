import type { Flow } from "../flow";
import { workloads as w } from "../workloads";
import { infra } from "./sources";

const monitoring = { kind: "monitoring" } as const;

/** With parts of the platform: the API server, and Prometheus. DNS is part of every namespace's baseline. */
export const clusterFlows: readonly Flow[] = [
  {
    from: [w.livekit.job, w.livekit.cronjob],
    to: { kind: "kubeApi" },
    why: "reads the load balancer's address and writes it into LiveKit's Deployment as NODE_IP",
    source: infra("apps/livekit/charts/livekit-server/templates/{job,cronjob}.yaml"),
  },
  {
    from: w.element.keygen,
    to: { kind: "kubeApi" },
    why: "keeps the signing key of the Matrix server in a Secret",
    source: infra("apps/element/charts/synapse/templates/job-keygen.yaml"),
  },
  {
    from: monitoring,
    to: w.element.synapse,
    ports: [9090],
    why: "metrics of Synapse (/_synapse/metrics)",
    source: infra("apps/element/values-synapse.yaml.gotmpl, metrics"),
    when: ["metrics"],
  },
  {
    from: monitoring,
    to: w.grist.grist,
    ports: [9090],
    why: "metrics of Grist",
    source: infra("apps/grist/values.yaml.gotmpl, metrics"),
    when: ["metrics"],
  },
  {
    from: monitoring,
    to: w.nextcloud.metrics,
    ports: [9205],
    why: "metrics of Nextcloud, from its exporter",
    source: infra("apps/nextcloud/values.yaml.gotmpl, metrics"),
    when: ["metrics"],
  },
  {
    from: monitoring,
    to: w.keycloak.keycloak,
    ports: [9000],
    why: "metrics of Keycloak, on its management port",
    source: infra("apps/keycloak/keycloak.yaml.gotmpl, metrics"),
    when: ["metrics"],
  },
  {
    from: monitoring,
    to: [
      w.docs.nginx,
      w.drive.nginx,
      ...[w.conversations, w.docs, w.drive, w.grist, w.meet].map((app) => app.staticNginx),
    ],
    ports: [9113],
    why: "metrics of nginx, from the exporter beside it",
    source: infra("environments/default/metric.yaml.gotmpl"),
    when: ["metrics"],
  },
];
