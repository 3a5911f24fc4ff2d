import type { AlertGroup } from "../alert";
import { platform } from "./cluster";
import { suite } from "./suite";

/** Alerts of the platform and of the suite; each operator has its own beside it. */
export const commonAlerts: readonly AlertGroup[] = [platform, suite];

/** Alerts that kube-prometheus-stack's own rules bring, and for which the platform has a runbook. */
export const inheritedAlerts = ["Watchdog", "TargetDown"] as const;
