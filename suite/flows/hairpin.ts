import type { AppKey } from "../apps";
import type { AppPeer, Flow, Peer } from "../flow";
import { workloads as w } from "../workloads";
import { infra } from "./sources";

/** Calls of one app to the public hostname of another: they go out to the controller and come back in. */
const hostOf = (app: AppKey): Peer => ({ kind: "ingressController", host: app });
const hostsOf = (...apps: AppKey[]): Peer[] => apps.map(hostOf);

const signIn: readonly AppPeer[] = [
  w.bureaublad.backend,
  w.conversations.backend,
  w.docs.backend,
  w.drive.backend,
  w.element.synapse,
  w.grist.grist,
  w.meet.backend,
  w.nextcloud.nextcloud,
  w.nextcloud.cronjob,
  w.openproject.web,
];

export const hairpinFlows: readonly Flow[] = [
  {
    from: signIn,
    to: { kind: "identityProvider" },
    why: "OpenID Connect: discovery, keys, token and user info",
    source: infra("environments/default/authentication.yaml.gotmpl, authentication.oidc"),
  },
  {
    from: w.keycloak.keycloak,
    to: hostsOf("bureaublad", "conversations", "docs", "drive", "element", "meet", "nextcloud", "openproject"),
    why: "back-channel logout: Keycloak ends the user's sessions in the apps",
    source: infra("apps/keycloak/keycloak.yaml.gotmpl, backchannel.logout.url"),
  },
  {
    from: w.keycloak.keycloak,
    to: { kind: "identityBrokers" },
    why: "users sign in with the organisation's own directory or identity provider",
    source: "Keycloak, Server Administration Guide, Integrating identity providers",
  },
  {
    from: [w.nextcloud.nextcloud, w.nextcloud.cronjob, w.drive.backend, w.drive.wopi, w.drive.wopiCronjob],
    to: hostOf("collabora"),
    why: "WOPI discovery and capabilities",
    source: infra("apps/nextcloud/values.yaml.gotmpl and apps/drive/values.yaml.gotmpl"),
  },
  {
    from: w.collabora.collabora,
    to: hostsOf("nextcloud", "drive"),
    why: "WOPI: CheckFileInfo, GetFile and PutFile on the app that holds the document",
    source: infra("apps/collabora/values-collabora.yaml.gotmpl, aliasgroups"),
  },
  {
    from: w.meet.backend,
    to: hostOf("livekit"),
    why: "LiveKit's API: rooms and participants (LIVEKIT_API_URL)",
    source: infra("apps/meet/values.yaml.gotmpl, livekit.apiUrl"),
  },
  {
    from: w.bureaublad.backend,
    to: hostsOf("conversations", "docs", "drive", "element", "grist", "meet", "nextcloud"),
    why: "the start page shows what is new in the apps",
    source: infra("apps/bureaublad/values.yaml.gotmpl, OCS_URL to MATRIX_URL"),
  },
  {
    from: [w.docs.backend, w.docs.yProvider],
    to: hostOf("docs"),
    why: "notes' backend and collaboration server call one another by the public hostname",
    source: infra("apps/docs/values.yaml.gotmpl, COLLABORATION_API_URL and COLLABORATION_BACKEND_BASE_URL"),
  },
  {
    from: [w.drive.backend, w.drive.celery],
    to: hostOf("drive"),
    why: "drive reaches its bundled object store by the public hostname drive-minio.<domain>",
    source: infra("apps/drive/charts/drive/templates/configmap.yaml, AWS_S3_ENDPOINT_URL"),
    when: [{ app: "drive", store: "s3", provider: "bundled" }],
  },
];
