import type { App } from "../app";
import type { Port } from "../flow";
import { partLabels, podsOf } from "../pods";
import { bundledPassword } from "../secret-ways";
import { route } from "../shared-flows";
import { size } from "../size";
import { infra } from "../sources";

const { pods } = podsOf("livekit");
const server = pods("server", partLabels("livekit-server", "livekit-server"));
const job = pods("job", partLabels("livekit-server", "livekit-server-job"));
const cronjob = pods("cronjob", partLabels("livekit-server", "livekit-server-cronjob"));

/** Ports of a pod, for LiveKit's media equal to the node ports of its load balancer. */
const mediaPorts: readonly Port[] = [{ protocol: "UDP", port: 30001, endPort: 30009 }, 32669];
const turnPorts: readonly Port[] = [32222];

const mediaSource = infra("apps/livekit/charts/livekit-server/templates/service-livekit.yaml");
const turnSource = infra("apps/livekit/charts/livekit-server/templates/service-turn.yaml");

export const livekit = {
  title: "LiveKit (audio and video)",
  suiteName: "livekit",
  holdsData: false,
  dataClassification: "confidential",
  backupTier: "none",
  size: size({
    requests: [4, 6],
    limits: [6, 9],
    storageGi: 5,
    pods: 14,
    claims: 2,
    loadBalancers: 2,
    nodePorts: 24,
  }),
  hosts: { livekit: "livekit" },
  workloads: { server, job, cronjob },
  datastores: { redis: { clients: [server], exporter: false } },
  database: undefined,
  volumes: { key: "livekit", parts: ["redis"] },
  ownClaim: undefined,
  flows: {
    edge: [route(server, 7880, "signalling of meetings, and LiveKit's API")],
    hairpin: [],
    pods: [],
    cluster: [
      {
        from: [job, cronjob],
        to: { kind: "kubeApi" },
        why: "reads the load balancer's address and writes it into LiveKit's Deployment as NODE_IP",
        source: infra("apps/livekit/charts/livekit-server/templates/{job,cronjob}.yaml"),
      },
    ],
    outside: [
      {
        from: server,
        to: { kind: "mediaClients" },
        // Clients and their address translators keep to these ports (RFC 4787 section 4.2.2), and DNS stays out of reach.
        ports: [{ protocol: "UDP", port: 1024, endPort: 65_535 }],
        why: "audio and video to participants, whose ports are their own choice",
        source: "LiveKit, Ports and firewall",
      },
      {
        from: { kind: "mediaClients" },
        to: server,
        ports: mediaPorts,
        why: "audio and video from participants, over UDP or else TCP",
        source: mediaSource,
      },
      {
        from: { kind: "nodes" },
        to: server,
        ports: mediaPorts,
        why: "audio and video through a load balancer that hides the participant's address",
        source: mediaSource,
        when: ["mediaThroughNodes"],
      },
      {
        from: { kind: "mediaClients" },
        to: server,
        ports: turnPorts,
        why: "audio and video over TLS for participants behind strict firewalls (TURN)",
        source: turnSource,
        when: ["turn"],
      },
      {
        from: { kind: "nodes" },
        to: server,
        ports: turnPorts,
        why: "TURN through a load balancer that hides the participant's address",
        source: turnSource,
        when: ["turn", "mediaThroughNodes"],
      },
    ],
  },
  internet: {},
  serves: {},
  // helmfile/apps/livekit/charts/livekit-server/templates/service-{livekit,turn}.yaml
  loadBalancers: [{ service: "livekit-livekit-server" }, { service: "turn-livekit-server", when: "turn" }],
  secrets: {
    "livekit-server": {
      REDIS_PASSWORD: bundledPassword("cache.livekit.password"),
      "keyfile.txt": { way: "merge", shared: "livekit", property: "keyfile" },
    },
  },
  images: { livekit_server: "docker.io" },
  registries: ["docker.io/livekit/"],
  edge: {},
  appArmor: { profile: "media", writable: ["/tmp/"] },
  openshiftScc: undefined,
  offInDemo: false,
} as const satisfies App;
