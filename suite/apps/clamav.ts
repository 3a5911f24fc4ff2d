import type { App } from "../app";
import { partLabels, podsOf } from "../pods";
import { toInternet } from "../shared-flows";
import { size } from "../size";
import { infra } from "../sources";

const scanner = podsOf("clamav").pods("clamav", partLabels("clamav", "clamav"));

export const clamav = {
  title: "ClamAV (virus scanner)",
  suiteName: "clamav",
  holdsData: false,
  dataClassification: "internal",
  backupTier: "none",
  size: size({ requests: [5, 14], limits: [9, 18], storageGi: 10, pods: 6, claims: 2 }),
  hosts: {},
  workloads: { clamav: scanner },
  datastores: {},
  database: undefined,
  volumes: { key: "clamav", parts: [] },
  ownClaim: { name: "clamav", remade: true },
  flows: {
    edge: [],
    hairpin: [],
    pods: [],
    cluster: [],
    outside: [
      toInternet(scanner, "clamavSignatures", {
        ports: [443],
        why: "freshclam fetches virus signatures; without them nothing is found",
        source: infra(
          "apps/clamav/charts/clamav/templates/networkpolicy.yaml; blocked upstream, where only DNS is open",
        ),
      }),
    ],
  },
  internet: {
    // freshclam's DatabaseMirror and its TXT records (ClamAV documentation, "Signature Management").
    clamavSignatures: { hosts: ["database.clamav.net"], what: "Virus signatures, by freshclam." },
  },
  serves: { antivirus: { pods: scanner, service: "clamav", port: 3310 } },
  loadBalancers: [],
  secrets: {},
  images: { clamav: "docker.io" },
  registries: ["docker.io/clamav/"],
  edge: {},
  appArmor: { profile: "clamav", writable: ["/tmp/", "/var/lib/clamav/", "/var/log/", "/run/clamav/"] },
  openshiftScc: undefined,
  offInDemo: false,
} as const satisfies App;
