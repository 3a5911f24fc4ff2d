/**
 * The values that stand for "not known yet" in what a policy receives (@pulumi/policy, proxy.js). They are part
 * of the protocol between engine and SDKs (pulumi sdk/go/common/resource/plugin/rpc.go, Unknown*Value).
 */
const UNKNOWN_VALUES: ReadonlySet<unknown> = new Set([
  "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
  "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
  "04da6b54-80e4-46f7-96ec-b56ff0331ba9",
  "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
  "030794c1-ac77-496b-92df-f27374a8bd58",
  "e48ece36-62e2-4504-bad9-02848725956a",
  "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
]);

/** Whether a raw value stands for one that is only known after deployment. */
export function isUnknownValue(value: unknown): boolean {
  return typeof value === "string" && UNKNOWN_VALUES.has(value);
}

/** The key under which the SDK's proxy gives the object behind it (@pulumi/policy 1.21.0, proxy.js). */
const TARGET = "__getSpecialProxyTarget";

/**
 * The object behind the SDK's proxy. The proxy ends a whole policy at the first unknown value it meets, and
 * reports a mandatory policy as advisory then (pulumi-policy issue 258); the engine decides field by field.
 */
export function targetOf(props: unknown): unknown {
  if (typeof props !== "object" || props === null) return props;
  const target: unknown = Reflect.get(props, TARGET);
  return target ?? props;
}
