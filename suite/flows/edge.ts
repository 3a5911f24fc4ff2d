import type { AppPeer, Flow } from "../flow";
import { workloads as w } from "../workloads";
import { infra } from "./sources";

const ingress = { kind: "ingressController" } as const;

interface Route {
  readonly to: AppPeer;
  readonly port: number;
  readonly why: string;
}

/** What the hosts of the suite lead to, by pod port: Ingress or HTTPRoute of each app. */
const routes: readonly Route[] = [
  { to: w.bureaublad.backend, port: 8000, why: "start page's API (/api)" },
  { to: w.bureaublad.frontend, port: 8080, why: "start page" },
  { to: w.collabora.collabora, port: 9980, why: "office documents in the browser, and WOPI discovery" },
  { to: w.conversations.backend, port: 8000, why: "assistant's API" },
  // The container declares 8000, its Service and the process use 8080.
  { to: w.conversations.frontend, port: 8080, why: "assistant" },
  { to: w.docs.backend, port: 8000, why: "notes' API (/api, /admin, /static)" },
  { to: w.docs.frontend, port: 8080, why: "notes" },
  { to: w.docs.yProvider, port: 4444, why: "working together in one note (/collaboration)" },
  { to: w.docs.nginx, port: 8080, why: "attachments of notes (/media)" },
  { to: w.drive.backend, port: 8000, why: "drive's API, and WOPI for Collabora" },
  { to: w.drive.frontend, port: 8080, why: "drive" },
  { to: w.drive.nginx, port: 8080, why: "files of drive (/media)" },
  { to: w.element.web, port: 8080, why: "chat" },
  { to: w.element.synapse, port: 8448, why: "Matrix client and federation API, plain HTTP behind the controller" },
  { to: w.grist.grist, port: 8484, why: "spreadsheets" },
  { to: w.keycloak.keycloak, port: 8080, why: "sign-in" },
  { to: w.livekit.server, port: 7880, why: "signalling of meetings, and LiveKit's API" },
  { to: w.meet.backend, port: 8000, why: "meetings' API" },
  { to: w.meet.frontend, port: 8080, why: "meetings" },
  { to: w.nextcloud.nextcloud, port: 8080, why: "files and calendar" },
  { to: w.openproject.web, port: 8080, why: "projects" },
];

const withStaticHost = [w.conversations, w.docs, w.drive, w.grist, w.meet];

/** From the ingress or gateway controller to every app that has a host. Ollama has none, on purpose. */
export const edgeFlows: readonly Flow[] = [
  ...routes.map(({ to, port, why }): Flow => ({
    from: ingress,
    to,
    ports: [port],
    why: `for users: ${why}`,
    source: infra(`apps/${to.app}, Ingress and HTTPRoute`),
  })),
  {
    from: ingress,
    to: withStaticHost.map((app) => app.staticNginx),
    ports: [8080],
    why: "users load the link to Bureaublad and theme files from static-<app>",
    source: infra("apps/*/values-static-nginx.yaml.gotmpl"),
  },
  {
    from: ingress,
    to: { kind: "datastore", app: "drive", store: "s3" },
    why: "browsers upload to and download from drive-minio.<domain> with signed URLs",
    source: infra("apps/drive/values-minio.yaml.gotmpl"),
    when: [{ app: "drive", store: "s3", provider: "bundled" }],
  },
];
