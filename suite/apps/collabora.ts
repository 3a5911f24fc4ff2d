import type { App } from "../app";
import { partLabels, podsOf } from "../pods";
import { rotatable } from "../secret-ways";
import { hostOf, route } from "../shared-flows";
import { size } from "../size";
import { infra } from "../sources";

const office = podsOf("collabora").pods("collabora", partLabels("collabora", "collabora"));

export const collabora = {
  title: "Collabora Online (office)",
  suiteName: "collabora",
  holdsData: false,
  dataClassification: "confidential",
  backupTier: "none",
  size: size({ requests: [3, 3], limits: [5, 5], storageGi: 1, pods: 5, claims: 1 }),
  hosts: { collabora: "collabora" },
  workloads: { collabora: office },
  datastores: {},
  database: undefined,
  volumes: undefined,
  ownClaim: undefined,
  flows: {
    edge: [route(office, 9980, "office documents in the browser, and WOPI discovery")],
    hairpin: [
      {
        from: office,
        to: [hostOf("nextcloud"), hostOf("drive")],
        why: "WOPI: CheckFileInfo, GetFile and PutFile on the app that holds the document",
        source: infra("apps/collabora/values-collabora.yaml.gotmpl, aliasgroups"),
      },
    ],
    pods: [],
    cluster: [],
    outside: [],
  },
  internet: {},
  serves: {},
  loadBalancers: [],
  secrets: { "collabora-online": { password: rotatable } },
  images: { collabora: "docker.io" },
  registries: ["docker.io/collabora/"],
  edge: { responseSeconds: 600 },
  appArmor: { profile: "collabora", writable: ["/tmp/", "/opt/cool/", "/var/cache/"] },
  openshiftScc: "nonroot-v2",
  offInDemo: false,
} as const satisfies App;
