import { listsMirrors, WITHOUT_MIRROR } from "../../../config/images";
import { imageReferences } from "../../charts/upstream";
import type { OperatorPlan } from "./define";
import { mirrorsOf, type ImageFacts } from "./facts";
import { strings } from "./manifest";

type Named = Pick<OperatorPlan, "operator" | "before" | "after" | "chart" | "runtimeImages">;

/** What an operator pulls from, where the stack lists mirrors and has none of it, as sentences. */
export function withoutMirror({ operator, before, after, chart, runtimeImages }: Named, images: ImageFacts): string[] {
  if (!listsMirrors({ mirror: images.mirror, mirrors: images.mirrors ?? {} })) return [];
  const named = { values: chart?.values, before, after, runtimeImages };
  const places = [
    ...imageReferences(named).map(({ reference }) => reference),
    ...[...strings(named)].filter(({ path }) => /registry$/i.test(path)).map(({ value }) => value),
  ];
  const own = mirrorsOf(images);
  // Kyverno is told a mirror's host alone.
  const within = (one: string, other: string): boolean => `${one}/`.startsWith(`${other}/`);
  const missing = places.filter((place) => !own.some((mirror) => within(place, mirror) || within(mirror, place)));
  return [...new Set(missing.map((place) => place.replace(/\/.*/, "")))]
    .sort()
    .map((host) => `images.mirrors: has none of ${host}, which operator ${operator} pulls from. ${WITHOUT_MIRROR}`);
}
