import type { AlertGroup } from "../alert";
import { calendar } from "./calendar";
import { platform } from "./cluster";
import { suite } from "./suite";

/** Alerts of the platform and of the suite; each operator has its own beside it. */
export const commonAlerts: readonly AlertGroup[] = [platform, suite, calendar];

/** Alerts that kube-prometheus-stack's own rules bring, and for which the platform has a runbook. */
export const inheritedAlerts = ["Watchdog", "TargetDown"] as const;
