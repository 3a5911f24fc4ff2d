import type { ControllerOwned } from "../define";

/** A resource as a transform sees it. */
export interface RegisteredObject {
  readonly type: string;
  readonly props: Readonly<Record<string, unknown>>;
}

export interface Normalised {
  readonly props: Record<string, unknown>;
  readonly ignoreChanges: string[];
  /** What was left out, for the user to see. */
  readonly leftOut?: string;
}

const webhookKinds = new Set(["ValidatingWebhookConfiguration", "MutatingWebhookConfiguration"]);

/**
 * An object of a chart as the stack registers it: fields that a controller fills are not compared, and on simulated
 * nodes webhook configurations are empty, because no pod would answer and every object of their kinds would be refused.
 * Idempotent; undefined where nothing changes.
 */
export function normalise(
  { type, props }: RegisteredObject,
  options: { readonly controllerOwned: readonly ControllerOwned[]; readonly namespace?: string; readonly simulatedNodes: boolean },
): Normalised | undefined {
  const kind = type.split(":").at(-1) ?? "";
  const name = nameOf(props);
  const ignoreChanges = options.controllerOwned
    .filter((owned) => owned.kind === kind && (owned.name === undefined || owned.name === name))
    .flatMap(({ fields }) => fields);
  const empty = options.simulatedNodes && webhookKinds.has(kind);
  if (ignoreChanges.length === 0 && !empty) return undefined;
  return {
    props: empty ? { ...props, webhooks: [] } : { ...props },
    ignoreChanges: empty ? [] : ignoreChanges,
    ...(empty ? { leftOut: `${kind} ${name}` } : {}),
  };
}

function nameOf(props: Readonly<Record<string, unknown>>): string {
  const { metadata } = props;
  const name = typeof metadata === "object" && metadata !== null && "name" in metadata ? metadata.name : undefined;
  return typeof name === "string" ? name : "";
}
