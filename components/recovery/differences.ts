import { at, isRecord, type KubeObject } from "../../lib/kube/client";

/** What a cluster assigns anew, or what only says where an object came from; of one kind, or of all. */
const assigned: readonly { readonly kind?: string; readonly path: RegExp }[] = [
  { path: /^status\b/ },
  { path: /^metadata\.(uid|resourceVersion|generation|creationTimestamp|managedFields|namespace|ownerReferences)\b/ },
  { path: /^metadata\.(labels|annotations)\.([a-z]+\.)?velero\.io\// },
  { kind: "Deployment", path: /^metadata\.annotations\.deployment\.kubernetes\.io\/revision$/ },
  { kind: "Endpoints", path: /^(subsets\b|metadata\.annotations\.endpoints\.kubernetes\.io\/)/ },
  { kind: "Job", path: /\bcontroller-uid$/ },
  {
    kind: "PersistentVolumeClaim",
    path: /^(spec\.(volumeName|dataSource|dataSourceRef|selector)\b|metadata\.annotations\.(pv|volume|volume\.beta)\.kubernetes\.io\/)/,
  },
  { kind: "Service", path: /^spec\.(clusterIPs?|healthCheckNodePort|ports\.\d+\.nodePort)\b/ },
  { kind: "ServiceAccount", path: /^secrets\b/ },
];

function leaves(value: unknown, path: string, into: Map<string, string>): Map<string, string> {
  const entries: [string, unknown][] = Array.isArray(value)
    ? value.map((each: unknown, index) => [String(index), each])
    : isRecord(value)
      ? Object.entries(value)
      : [];
  if (entries.length === 0) {
    // An empty list and no list are the same to the API server.
    if (!Array.isArray(value) && !isRecord(value)) into.set(path, JSON.stringify(value));
    return into;
  }
  for (const [key, each] of entries) leaves(each, path === "" ? key : `${path}.${key}`, into);
  return into;
}

/** Paths at which an object differs from what the backup has of it. Without values: some are secret. */
export function differences(recorded: KubeObject, live: KubeObject): string[] {
  const [before, after] = [leaves(recorded, "", new Map()), leaves(live, "", new Map())];
  const isAssigned = (path: string): boolean =>
    assigned.some((each) => (each.kind === undefined || each.kind === recorded.kind) && each.path.test(path));
  return [...new Set([...before.keys(), ...after.keys()])]
    .filter((path) => before.get(path) !== after.get(path) && !isAssigned(path))
    .sort();
}

/** Whether a controller makes it again, from an object that is in the backup itself. */
export const isMade = ({ metadata }: KubeObject): boolean =>
  (metadata.ownerReferences ?? []).some((owner) => at(owner, "controller") === true);
