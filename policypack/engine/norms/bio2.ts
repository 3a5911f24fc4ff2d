/**
 * The Dutch government's baseline for information security, version 1.3 of 9 January 2026. Its measures have numbers of
 * their own: the first two parts are the control of ISO/IEC 27002:2022 that they fill in, and many controls have none.
 */
export const bio2 = {
  name: "BIO2 1.3",
  source:
    "https://github.com/MinBZK/Baseline-Informatiebeveiliging-Overheid/blob/270c203df857df7f57b9bdf0faf87c389edc38e7/docs/maatregelen/index.md",
} as const;

/** One measure, and the rules that give evidence for a part of it; a measure as a whole is the organisation's. */
export interface Measure {
  readonly measure: string;
  /** What it asks, in short. */
  readonly asks: string;
  /** Ids of rules; `*` stands for the rest of an area. */
  readonly rules: readonly string[];
}

const tls = [
  "exposure/ingress-tls",
  "exposure/route-tls",
  "exposure/tls-options",
  "exposure/ingress-redirect",
  "stack/http-redirect",
];

export const bio2Measures: readonly Measure[] = [
  {
    measure: "5.09.01",
    asks: "an inventory of assets with what is needed to manage them",
    rules: ["labels/*", "namespaces/ownership"],
  },
  { measure: "5.12.01", asks: "information is classified", rules: ["namespaces/ownership"] },
  {
    measure: "5.14.01",
    asks: "what faces the internet follows the mandatory security standards",
    rules: [...tls, "exposure/hsts-age", "exposure/route-hsts", "stack/hsts"],
  },
  {
    measure: "5.14.04",
    asks: "what faces the internet is on record",
    rules: [
      "exposure/ingress-host",
      "exposure/route-host",
      "exposure/ingress-default-backend",
      "exposure/external-ips",
    ],
  },
  {
    measure: "5.15.01",
    asks: "a trusted zone is reached from authenticated equipment or a secure shell only",
    rules: ["namespaces/default-deny-ingress", "namespaces/default-deny-egress", "network/*"],
  },
  {
    measure: "5.16.02",
    asks: "accounts are not shared by groups",
    rules: [
      "identity/anonymous-binding",
      "identity/everyone-binding",
      "identity/dedicated-service-account",
      "identity/default-service-account-binding",
    ],
  },
  {
    measure: "5.18.01",
    asks: "making and changing accounts with special rights is monitored",
    rules: ["stack/addon-falco-outputs", "stack/addon-falcosidekick-outputs", "identity/grant-role-escalation"],
  },
  {
    measure: "5.30.01",
    asks: "plans for continuity are tested each year",
    rules: ["stack/addon-restore-drill"],
  },
  { measure: "5.33.01", asks: "retention is set and put into practice", rules: ["addons/backup-retention"] },
  {
    measure: "8.02.01",
    asks: "special rights are reviewed each quarter",
    rules: [
      "identity/cluster-admin-binding",
      "identity/masters-group-binding",
      "identity/wildcard",
      "identity/built-in-role-binding",
    ],
  },
  {
    measure: "8.03.01",
    asks: "information of special value is isolated",
    rules: [
      "storage/*",
      "namespaces/default-deny-ingress",
      "namespaces/default-deny-egress",
      "secrets/store-conditions",
    ],
  },
  { measure: "8.07.01", asks: "downloads are controlled", rules: ["workload/shell-download"] },
  {
    measure: "8.08.01",
    asks: "what is likely to be exploited with high damage is mitigated within a week",
    rules: ["addons/trivy-scanners", "addons/trivy-report-age"],
  },
  {
    measure: "8.08.04",
    asks: "systems are checked for technical compliance each year",
    rules: ["addons/trivy-scanners", "addons/kyverno-background"],
  },
  {
    measure: "8.13.01",
    asks: "backups are kept and protected, against ransomware too",
    rules: [
      "addons/backup-schedule",
      "addons/backup-retention",
      "addons/backup-volumes",
      "identity/grant-backup-write",
      "stack/backup-coverage",
    ],
  },
  {
    measure: "8.13.03",
    asks: "backups are stored where an incident at the one place cannot harm the other",
    rules: ["stack/addon-backup-second-location"],
  },
  { measure: "8.13.04", asks: "restoring is tested each year", rules: ["stack/addon-restore-drill"] },
  {
    measure: "8.15.02",
    asks: "a log line never holds what breaks security",
    rules: ["secrets/literal-argument", "secrets/literal-environment"],
  },
  {
    measure: "8.15.05",
    asks: "changing or deleting logs is reported",
    rules: ["identity/grant-event-delete", "stack/addon-falco-outputs"],
  },
  {
    measure: "8.18.01",
    asks: "system tools are open to authorised staff, and only when needed",
    rules: [
      "identity/grant-pod-exec",
      "identity/grant-ephemeral-container",
      "identity/grant-node-proxy",
      "workload/ephemeral-containers-in-manifest",
      "workload/interactive",
    ],
  },
  {
    measure: "8.18.02",
    asks: "the use of system tools is logged",
    rules: ["stack/addon-falco-outputs", "stack/addon-falcosidekick-outputs"],
  },
  { measure: "8.19.01", asks: "unauthorised software is controlled", rules: ["images/*"] },
  {
    measure: "8.20.02",
    asks: "interfaces for management are apart from the users' network",
    rules: ["exposure/node-port", "exposure/load-balancer", "exposure/external-name"],
  },
  {
    measure: "8.21.01",
    asks: "attacks on availability at junctions with other zones are seen and mitigated",
    rules: ["exposure/ingress-limits", "exposure/route-limits"],
  },
  {
    measure: "8.21.02",
    asks: "traffic to and from the trusted environment is watched",
    rules: ["addons/agent-everywhere", "stack/addon-falco-outputs"],
  },
  { measure: "8.21.04", asks: "what is transported is encrypted", rules: [...tls, "addons/backup-transport"] },
  {
    measure: "8.22.01",
    asks: "each separated group has a defined level of security",
    rules: ["namespaces/pod-security-level", "namespaces/pod-security-restricted", "namespaces/ownership"],
  },
  { measure: "8.24.04", asks: "cryptography is as strong as is advised", rules: ["exposure/tls-options"] },
  {
    measure: "8.27.01",
    asks: "security by design and by default is applied",
    rules: ["pod-security/*", "workload/*", "availability/memory-limit"],
  },
  {
    measure: "8.32.01",
    asks: "changes are recorded, weighed, approved and can be rolled back",
    rules: ["images/fixed-tag", "images/chart-fixed", "secrets/hashed-immutable"],
  },
];

/** Numbers of version 1.3 that hold a measure; those that say "no measure", "moved" or "withdrawn" are left out. */
export const bio2Numbers: readonly string[] = (
  "5.01.01 5.01.02 5.02.01 5.02.02 5.04.01 5.05.01 5.08.01 5.09.01 5.10.02 5.10.03 5.12.01 5.14.01 5.14.02 5.14.03 " +
  "5.14.04 5.14.05 5.15.01 5.16.01 5.16.02 5.17.01 5.17.02 5.17.03 5.18.01 5.18.02 5.19.01 5.20.01 5.20.02 5.20.03 " +
  "5.20.04 5.20.05 5.20.06 5.21.02 5.21.03 5.21.04 5.21.05 5.22.01 5.22.02 5.23.01 5.24.01 5.24.02 5.24.03 5.24.04 " +
  "5.24.05 5.24.07 5.24.08 5.26.02 5.27.01 5.27.02 5.28.01 5.30.01 5.30.02 5.33.01 5.35.02 5.36.01 6.01.01 6.02.01 " +
  "6.03.01 6.03.02 6.03.03 6.03.04 6.08.01 7.01.02 7.02.01 7.07.01 7.10.01 7.10.02 7.10.03 8.01.01 8.01.02 8.02.01 " +
  "8.03.01 8.03.02 8.05.01 8.07.01 8.07.02 8.07.03 8.07.04 8.08.01 8.08.02 8.08.03 8.08.04 8.08.05 8.13.01 8.13.02 " +
  "8.13.03 8.13.04 8.15.01 8.15.02 8.15.03 8.15.04 8.15.05 8.15.06 8.16.01 8.16.02 8.16.03 8.16.04 8.18.01 8.18.02 " +
  "8.19.01 8.20.01 8.20.02 8.21.01 8.21.02 8.21.03 8.21.04 8.22.01 8.24.01 8.24.02 8.24.04 8.24.05 8.27.01 8.29.01 " +
  "8.30.01 8.31.01 8.31.02 8.32.01 8.32.02"
).split(" ");
