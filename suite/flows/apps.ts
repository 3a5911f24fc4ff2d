import type { Flow } from "../flow";
import { workloads as w } from "../workloads";
import { infra } from "./sources";

/** From pod to pod: to services of other apps, and between the parts of one app. Datastores stand apart. */
export const appFlows: readonly Flow[] = [
  {
    from: [w.nextcloud.nextcloud, w.nextcloud.cronjob],
    to: { kind: "antivirus" },
    why: "uploads are scanned for viruses",
    source: infra("apps/nextcloud/values.yaml.gotmpl, antivirus; blocked upstream across namespaces"),
  },
  {
    from: [w.docs.backend, w.docs.celery, w.bureaublad.backend, w.conversations.backend, w.grist.grist],
    to: { kind: "llm" },
    why: "the apps' assistants ask the language model",
    source: infra("environments/default/ai.yaml.gotmpl; blocked upstream across namespaces for docs and bureaublad"),
  },
  {
    from: [w.docs.backend, w.docs.celery],
    to: w.docs.docspec,
    ports: [4000],
    why: "conversion of documents",
    source: infra("apps/docs/values.yaml.gotmpl, DOCSPEC_API_URL; blocked upstream by a selector that matches no pod"),
  },
  {
    from: [w.docs.backend, w.docs.celery],
    to: w.docs.yProvider,
    ports: [4444],
    why: "conversion and access to notes that are open in an editor",
    source: infra("apps/docs/values.yaml.gotmpl, Y_PROVIDER_API_BASE_URL"),
  },
  {
    from: w.docs.nginx,
    to: w.docs.backend,
    ports: [8000],
    why: "who may see an attachment is asked of the backend (media-auth)",
    source: infra("apps/docs/values-nginx.yaml.gotmpl"),
  },
  {
    from: w.drive.nginx,
    to: w.drive.backend,
    ports: [8000],
    why: "who may see a file is asked of the backend (media-auth)",
    source: infra("apps/drive/values-nginx.yaml.gotmpl"),
  },
  {
    from: w.keycloak.configCli,
    to: w.keycloak.keycloak,
    ports: [8080],
    why: "the Job that writes realm and clients uses Keycloak's admin API",
    source: infra("apps/keycloak/keycloak.yaml.gotmpl, keycloakConfigCli"),
  },
  {
    from: w.keycloak.keycloak,
    to: w.keycloak.keycloak,
    ports: [7800],
    why: "replicas share their caches (JGroups)",
    source: infra("apps/keycloak/charts/keycloak/templates/networkpolicy.yaml; open to every namespace upstream"),
  },
  {
    from: w.nextcloud.metrics,
    to: w.nextcloud.nextcloud,
    ports: [8080],
    why: "the exporter reads Nextcloud's serverinfo",
    source: infra("apps/nextcloud/charts/nextcloud/templates/metrics-networkpolicy.yaml"),
    when: ["metrics"],
  },
  {
    from: w.openproject.test,
    to: w.openproject.web,
    ports: [8080],
    why: "`helm test` asks for the health check",
    source: "opf/helm-charts openproject-13.8.1, templates/tests/test-connection.yaml",
  },
];
