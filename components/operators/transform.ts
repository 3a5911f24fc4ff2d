import * as pulumi from "@pulumi/pulumi";
import { PREFIX } from "../../config/labels";
import type { ControllerOwned, OperatorPlan } from "./define";

/** On webhook configurations whose webhooks are left out; its value says why. */
export const LEFT_OUT = `${PREFIX}left-out`;

const WEBHOOK_KINDS = new Set(["ValidatingWebhookConfiguration", "MutatingWebhookConfiguration"]);

interface ObjectProps {
  readonly kind: string;
  readonly metadata: Readonly<Record<string, unknown>> & { readonly name: string };
}

/** Changes what a chart registers: fields that controllers own are not compared, and simulated pods get no webhooks. */
export function chartTransform({ controllerOwned }: OperatorPlan, simulatedNodes: boolean): pulumi.ResourceTransform {
  return ({ props, opts }) => {
    if (!isObject(props)) return undefined;
    const ignoreChanges = controllerOwned.filter((owned) => owns(owned, props)).flatMap(({ fields }) => fields);
    const changed = simulatedNodes ? withoutWebhooks(props) : props;
    if (ignoreChanges.length === 0 && changed === props) return undefined;
    return { props: changed, opts: ignoreChanges.length === 0 ? opts : pulumi.mergeOptions(opts, { ignoreChanges }) };
  };
}

/**
 * A webhook of a simulated pod never answers and would block its kinds. A configuration without webhooks is inert, and
 * says so.
 */
export function withoutWebhooks<T extends ObjectProps>(props: T): T {
  if (!WEBHOOK_KINDS.has(props.kind)) return props;
  const annotations = { [LEFT_OUT]: "Pods of this cluster are simulated and cannot answer" };
  return { ...props, metadata: { ...props.metadata, annotations }, webhooks: [] };
}

const owns = (owned: ControllerOwned, props: ObjectProps): boolean =>
  owned.kind === props.kind && (owned.name === undefined || owned.name === props.metadata.name);

function isObject(props: unknown): props is ObjectProps {
  if (typeof props !== "object" || props === null || !("kind" in props) || !("metadata" in props)) return false;
  const { kind, metadata } = props;
  return typeof kind === "string" && typeof metadata === "object" && metadata !== null && "name" in metadata;
}
