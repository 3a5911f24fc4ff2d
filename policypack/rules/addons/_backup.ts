import { asList, at } from "../../../lib/json";
import type { JsonObject } from "../../../lib/json";

/** Names that Velero takes for claims, volumes and pods in its lists of resources, in any case (Velero, "Resource filtering"). */
const CLAIMS = ["*", "persistentvolumeclaims", "persistentvolumeclaim", "pvc"];
const VOLUMES = ["persistentvolumes", "persistentvolume", "pv"];
const PODS = ["pods", "pod", "po"];

const INCLUDED = ["includedResources", "includedNamespaceScopedResources"];
const EXCLUDED = ["excludedResources", "excludedNamespaceScopedResources", "excludedClusterScopedResources"];

const TEMPLATE = "object.spec.template";
const joined = (fields: readonly string[]): string =>
  `(${fields.map((field) => `${TEMPLATE}.?${field}.orValue([])`).join(" + ")})`;
const among = (names: readonly string[]): string =>
  `x.lowerAscii() in [${names.map((name) => `"${name}"`).join(", ")}]`;

/** CEL: the schedule saves what is in the volumes: as snapshots, which go by the claims, or as files, by the pods. */
export const savesVolumes = `${joined(EXCLUDED)}.all(x, !(${among([...CLAIMS, ...VOLUMES])})) &&
  [${joined(INCLUDED)}].all(included, (included.size() == 0 || included.exists(x, ${among(CLAIMS)})) &&
    ((${TEMPLATE}.?snapshotVolumes.orValue(true) && ${TEMPLATE}.?includeClusterResources.orValue(true)) ||
      (${TEMPLATE}.?defaultVolumesToFsBackup.orValue(false) && ${joined(EXCLUDED)}.all(x, !(${among(PODS)})) && (included.size() == 0 || included.exists(x, ${among(["*", ...PODS])})))))`;

/** The same of a template as it stands in a stack. */
export function templateSavesVolumes(template: JsonObject): boolean {
  const listed = (fields: readonly string[]) => fields.flatMap((field) => asList(template[field]));
  const named = (names: readonly string[], list: ReturnType<typeof listed>): boolean =>
    list.some((name) => typeof name === "string" && names.includes(name.toLowerCase()));
  const [included, excluded] = [listed(INCLUDED), listed(EXCLUDED)];
  const holds = (names: readonly string[]): boolean => included.length === 0 || named(names, included);
  const snapshots = at(template, "snapshotVolumes") !== false && at(template, "includeClusterResources") !== false;
  const files = at(template, "defaultVolumesToFsBackup") === true && holds(["*", ...PODS]) && !named(PODS, excluded);
  return !named([...CLAIMS, ...VOLUMES], excluded) && holds(CLAIMS) && (snapshots || files);
}
