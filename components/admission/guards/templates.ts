import { PREFIX } from "../../../lib/labels";
import { text } from "../cel";
import { metadataChanged, whenChanged, objectChanged } from "../changed";
import { newKeys, notVelero } from "./backup";
import { written, type Guard } from "./guard";
import { POD_OF } from "./pods";

const own = "dyn(object)";
const at = (path: string): string => `${own}.?${path}.orValue({})`;
const each = (list: string, path: string): string => `${list}.map(each, dyn(each).?${path}.orValue({}))`;

/** Metadata that a controller copies from a template into what it makes. */
const templates = [
  // Of these themselves too: whoever makes them has them from a template.
  `(dyn(object).kind in ['Pod', 'PersistentVolumeClaim', 'Job'] ? [dyn(object).metadata] : [])`,
  `[${at("spec.?template.?metadata")}, ${at("template.?metadata")}, ${at("spec.?jobTemplate.?metadata")}, ${at("spec.?jobTemplate.?spec.?template.?metadata")}]`,
  `(dyn(object).kind == 'StatefulSet' ? ${each(`${own}.?spec.?volumeClaimTemplates.orValue([])`, "metadata")} : [])`,
  each(`${POD_OF}.?spec.?volumes.orValue([])`, "ephemeral.?volumeClaimTemplate.?metadata"),
  // cert-manager's Certificate, CloudNativePG's Cluster, a Gateway's Service and workload.
  `[${at("spec.?secretTemplate")}, ${at("spec.?inheritedMetadata")}, ${at("spec.?serviceAccountTemplate.?metadata")}, ${at("spec.?infrastructure")}]`,
].join(" + ");

/**
 * The platform's label marks what belongs to it: backups leave it out, and a deployer may not delete it. On pods, claims
 * and jobs of the suite nobody needs it, controllers that copy it from a template least of all. The same for what
 * Velero reads from pods and claims.
 */
export const templateKeys: Guard = {
  name: "mijnbureau-platform-template-keys",
  role: "suite",
  resources: [
    written("", "pods", "persistentvolumeclaims", "podtemplates", "replicationcontrollers"),
    written("apps", "deployments", "statefulsets", "daemonsets", "replicasets"),
    written("batch", "jobs", "cronjobs"),
    written("cert-manager.io", "certificates"),
    written("postgresql.cnpg.io", "clusters"),
    written("gateway.networking.k8s.io", "gateways"),
  ],
  matchConditions: [whenChanged(`${metadataChanged} || ${objectChanged}`), notVelero],
  variables: [{ name: "made", expression: templates }],
  validations: [
    {
      expression: `variables.made.all(each, !dyn(each).?labels.orValue({}).exists(key, key.startsWith(${text(PREFIX)})))`,
      message: `Labels that begin with ${PREFIX} are reserved for the platform, also where a controller copies them from a template.`,
    },
    {
      expression: `!variables.made.exists(each, ${newKeys("each")})`,
      message:
        "Labels and annotations of velero.io are the platform's, also where a controller copies them from a template: what is backed up, and how, is decided by the app's backup tier.",
    },
  ],
};
