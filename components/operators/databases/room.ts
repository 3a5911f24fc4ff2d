import { timesADay } from "../../../config/fields";
import { parseQuantity } from "../../../lib/quantity";
import type { NamespaceSize } from "../../../suite/size";
import { neededLockDays, sidecarResources } from "./archive";
import { sizeOf, type Settings } from "./settings";
import { podResources } from "./tables";

/** Beside a database: a copy that people look at, the one that shows that the archive can be restored over it, and a drill's. */
const COPIES = 3;
/** Pods that record and compare its tables: those of the daily record, of a drill, and of a restore by hand. */
const COMPARING = 3;
/** Data and write-ahead log. */
const CLAIMS = 2;

/**
 * One object stays for each base backup until the retention removes that (plugin-barman-cloud v0.13.0,
 * internal/cnpgi/instance/retention.go), and one for each that failed, until somebody does: room for as many of those.
 */
const backupObjects = (settings: Settings): number => 2 * neededLockDays(settings) * timesADay(settings.schedule);

const number = (quantity: string): number => parseQuantity(quantity)?.asApproximateFloat() ?? 0;
const sum = (...quantities: readonly string[]): number => quantities.reduce((total, each) => total + number(each), 0);
const larger = (a: string, b: string): string => (number(a) < number(b) ? b : a);

/** As the API server writes it back, so that no update has anything to change. */
function cores(value: number): string {
  const thousandths = Math.ceil(value * 1000);
  return thousandths % 1000 === 0 ? `${thousandths / 1000}` : `${thousandths}m`;
}

function bytes(value: number): string {
  let amount = Math.ceil(value / 2 ** 20);
  let unit = 0;
  const units = ["Mi", "Gi", "Ti"] as const;
  for (; unit < units.length - 1 && amount % 1024 === 0; unit++) amount /= 1024;
  return `${amount}${units[unit] ?? ""}`;
}

/** What an app's namespace may use, with its database: each instance a pod, in whose place its Job was before. */
export function withDatabase(own: NamespaceSize, app: string, settings: Settings): NamespaceSize {
  const { cpu, memory, storage, walStorage } = sizeOf(settings, app);
  const pods = settings.instances + COPIES;
  const { requests, limits } = sidecarResources;
  const more = (before: string, ...each: readonly string[]): number => number(before) + pods * sum(...each);
  const { requests: asked, limits: most } = podResources;
  const comparing = (quantity: string): number => COMPARING * number(quantity);
  return {
    ...own,
    requests: {
      cpu: cores(more(own.requests.cpu, cpu, requests.cpu) + comparing(asked.cpu)),
      memory: bytes(more(own.requests.memory, memory, requests.memory) + comparing(asked.memory)),
    },
    limits: {
      cpu: cores(more(own.limits.cpu, cpu, limits.cpu) + comparing(most.cpu)),
      memory: bytes(more(own.limits.memory, memory, limits.memory) + comparing(most.memory)),
    },
    storage: bytes(more(own.storage, storage, walStorage)),
    pods: own.pods + pods + COMPARING,
    persistentVolumeClaims: own.persistentVolumeClaims + pods * CLAIMS,
    databaseBackups: backupObjects(settings),
    largestContainer: {
      cpu: larger(own.largestContainer.cpu, cpu),
      memory: larger(own.largestContainer.memory, memory),
    },
  };
}
