import type { AppPeer, Flow, InternetName, Port } from "../flow";
import { workloads as w } from "../workloads";
import { infra } from "./sources";

const toInternet = (
  from: AppPeer | readonly AppPeer[],
  name: InternetName,
  rest: { readonly ports: readonly Port[]; readonly why: string; readonly source: string },
): Flow => ({ from, to: { kind: "internet", name }, ...rest });

/** Ports of a pod, for LiveKit's media equal to the node ports of its load balancer. */
const mediaPorts: readonly Port[] = [{ protocol: "UDP", port: 30001, endPort: 30009 }, 32669];
const turnPorts: readonly Port[] = [32222];

const liveKit = infra("apps/livekit/charts/livekit-server/templates/service-livekit.yaml");

/** Beyond the cluster, and into it past the ingress controller. */
export const outsideFlows: readonly Flow[] = [
  {
    from: [
      w.docs.backend,
      w.docs.celery,
      w.element.synapse,
      w.nextcloud.nextcloud,
      w.nextcloud.cronjob,
      w.openproject.web,
      w.openproject.worker,
    ],
    to: { kind: "smtp" },
    why: "invitations and notifications by mail",
    source: infra("environments/default/smtp.yaml.gotmpl; blocked upstream, where only 443 is open"),
  },
  toInternet(w.clamav.clamav, "clamavSignatures", {
    ports: [443],
    why: "freshclam fetches virus signatures; without them nothing is found",
    source: infra("apps/clamav/charts/clamav/templates/networkpolicy.yaml; blocked upstream, where only DNS is open"),
  }),
  toInternet(w.ollama.ollama, "ollamaModels", {
    ports: [443, 80],
    why: "`ollama pull` after start",
    source: infra("apps/ollama/charts/ollama/templates/deployment.yaml, postStart"),
  }),
  toInternet([w.nextcloud.nextcloud, w.nextcloud.cronjob], "nextcloudAppStore", {
    ports: [443, 80],
    why: "apps are installed from the app store at first start",
    source: infra("apps/nextcloud/charts/nextcloud/templates/_helpers.tpl, occ app:install"),
  }),
  toInternet(w.element.synapse, "matrixFederation", {
    ports: [443, 8448],
    why: "rooms shared with other Matrix servers",
    source: "Matrix specification, Server-Server API, Resolving server names; 8448 blocked upstream",
  }),
  toInternet(w.element.synapse, "matrixKeyServer", {
    ports: [443, 8448],
    why: "keys of other Matrix servers, from the trusted key server",
    source: "Synapse, Configuration Manual, trusted_key_servers",
  }),
  {
    from: w.livekit.server,
    to: { kind: "mediaClients" },
    // Clients and their address translators keep to these ports (RFC 4787 section 4.2.2), and DNS stays out of reach.
    ports: [{ protocol: "UDP", port: 1024, endPort: 65_535 }],
    why: "audio and video to participants, whose ports are their own choice",
    source: "LiveKit, Ports and firewall",
  },
  {
    from: { kind: "mediaClients" },
    to: w.livekit.server,
    ports: mediaPorts,
    why: "audio and video from participants, over UDP or else TCP",
    source: liveKit,
  },
  {
    from: { kind: "nodes" },
    to: w.livekit.server,
    ports: mediaPorts,
    why: "audio and video through a load balancer that hides the participant's address",
    source: liveKit,
    when: ["mediaThroughNodes"],
  },
  {
    from: { kind: "mediaClients" },
    to: w.livekit.server,
    ports: turnPorts,
    why: "audio and video over TLS for participants behind strict firewalls (TURN)",
    source: infra("apps/livekit/charts/livekit-server/templates/service-turn.yaml"),
    when: ["turn"],
  },
  {
    from: { kind: "nodes" },
    to: w.livekit.server,
    ports: turnPorts,
    why: "TURN through a load balancer that hides the participant's address",
    source: infra("apps/livekit/charts/livekit-server/templates/service-turn.yaml"),
    when: ["turn", "mediaThroughNodes"],
  },
];
