import { asObject, asString } from "../../lib/json";
import { readObject, readPart } from "./engine";
import { itemsOf } from "./items";
import { isUnknownValue, targetOf } from "./preview";
import type { StackObject } from "./stack";

/** "kubernetes:apps/v1:DeploymentPatch": group and version, kind, and whether it is a patch. */
const OBJECT_TYPE = /^kubernetes:([^:]+):([A-Za-z0-9]+?)(Patch)?$/;

/** Groups of Pulumi's own resources, which are no objects. */
const OWN_GROUPS = /^(helm\.sh|yaml|kustomize|index)(\/|$)/;

/** The Kubernetes objects of a resource, those of a list one by one; none for components. */
export function resourceObjects(resource: {
  readonly props: unknown;
  readonly urn: string;
  readonly type: string;
}): readonly StackObject[] {
  const raw = asObject(targetOf(resource.props));
  const [, version = "", kind = "", patch] = OBJECT_TYPE.exec(resource.type) ?? [];
  if (raw === undefined || OWN_GROUPS.test(version)) return [];
  const origin = { urn: resource.urn, type: resource.type };
  const whole = { apiVersion: version.replace(/^core\//, ""), kind, ...raw };
  if (asString(whole.apiVersion) === undefined || asString(whole.kind) === undefined || whole.kind === "") return [];
  const read = isPatch(asString(whole.kind) ?? "", kind, patch) ? readPart : readObject;
  return itemsOf(whole).flatMap(({ object }) => read(object, { ...origin }, isUnknownValue) ?? []);
}

/** Whether a resource patches an object: its type ends in Patch and its kind does not. */
function isPatch(kind: string, type: string, patch: string | undefined): boolean {
  return patch !== undefined && kind === type;
}
