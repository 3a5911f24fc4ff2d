import type { AlertGroup } from "../alert";
import { audit } from "./audit";
import { certManager } from "./cert-manager";
import { cni, eraser, platform, prometheus } from "./cluster";
import { externalSecrets } from "./external-secrets";
import { falco, falcosidekick } from "./falco";
import { kyverno } from "./kyverno";
import { alloy, loki } from "./logs";
import { suite } from "./suite";
import { trivyOperator } from "./trivy-operator";
import { velero } from "./velero";

/** Every group of alerts of the platform. */
export const alertGroups: readonly AlertGroup[] = [
  platform,
  suite,
  alloy,
  audit,
  certManager,
  cni,
  eraser,
  externalSecrets,
  falco,
  falcosidekick,
  kyverno,
  loki,
  prometheus,
  trivyOperator,
  velero,
];

/** Alerts that kube-prometheus-stack's own rules bring, and for which the platform has a runbook. */
export const inheritedAlerts = ["Watchdog", "TargetDown"] as const;
