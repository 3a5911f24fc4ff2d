import { attackProofs } from "./attacks";
import { flowProofs } from "./flows";
import { operatorProofs } from "./operators";
import { podProofs } from "./pods";
import { startProofs } from "./starts";
import type { Proof } from "./proof";

/** Every claim that is tried on real nodes, in order: later ones find what earlier ones have installed. */
export const proofs: readonly Proof[] = [
  ...flowProofs,
  ...startProofs,
  ...podProofs,
  ...operatorProofs,
  ...attackProofs,
];
