import { isDeepStrictEqual } from "node:util";
import type { JsonObject } from "./manifest";
import { mergeObject } from "./normalise";
import { podPathOf, recordOf } from "./overlay";

type Fields = Readonly<Record<string, unknown>>;

/** What a temporary volume may hold where neither chart nor operator says it: sockets, indexes, unpacked archives. */
const TEMPORARY = "1Gi";
/** How many times longer than readiness the same check has to fail before it restarts the container. */
const LATER = 3;

/**
 * A workload with two bounds that charts leave open and mostly have no values for: temporary volumes have a size, and a check
 * that is readiness and liveness in one takes the pod out of service long before it restarts it. What is said stays. The
 * same object where nothing is open.
 */
export function bounded<Props extends Fields>(props: Props, kind: string): Props {
  const path = podPathOf(kind);
  if (path === undefined) return props;
  const pod = path.reduce<Fields>((inner, key) => recordOf(inner[key]), recordOf(props["spec"]));
  const volumes = listOf(pod["volumes"]).flatMap(sized);
  const containers = listOf(pod["containers"]).flatMap(withLaterLiveness);
  const changed: JsonObject = {
    ...(volumes.length === 0 ? {} : { volumes }),
    ...(containers.length === 0 ? {} : { containers }),
  };
  if (Object.keys(changed).length === 0) return props;
  const spec = path.reduceRight<JsonObject>((inner, key) => ({ [key]: inner }), changed);
  return { ...props, ...mergeObject(props, { spec }) };
}

function sized({ name, emptyDir }: Fields): JsonObject[] {
  if (typeof name !== "string" || emptyDir === undefined || recordOf(emptyDir)["sizeLimit"] !== undefined) return [];
  return [{ name, emptyDir: { sizeLimit: TEMPORARY } }];
}

function withLaterLiveness({ name, livenessProbe, readinessProbe }: Fields): JsonObject[] {
  if (typeof name !== "string" || livenessProbe === undefined || readinessProbe === undefined) return [];
  const [liveness, readiness] = [recordOf(livenessProbe), recordOf(readinessProbe)];
  if (!isDeepStrictEqual(checkOf(liveness), checkOf(readiness))) return [];
  const failureThreshold = Math.ceil((LATER * period(readiness) * threshold(readiness)) / period(liveness));
  return failureThreshold <= threshold(liveness) ? [] : [{ name, livenessProbe: { failureThreshold } }];
}

const checkOf = (probe: Fields): unknown[] => ["httpGet", "tcpSocket", "grpc", "exec"].map((kind) => probe[kind]);

/** Kubernetes' own defaults: every ten seconds, three times (pkg/apis/core/v1/defaults.go, SetDefaults_Probe). */
const period = ({ periodSeconds }: Fields): number => (typeof periodSeconds === "number" ? periodSeconds : 10);
const threshold = ({ failureThreshold }: Fields): number =>
  typeof failureThreshold === "number" ? failureThreshold : 3;

const listOf = (value: unknown): Fields[] => (Array.isArray(value) ? value.map(recordOf) : []);
