import { alertProofs } from "./alerts";
import { attackProofs } from "./attacks";
import { autoscalingProofs } from "./autoscaling";
import { dataProofs } from "./data";
import { flowProofs } from "./flows";
import { gvisorProofs } from "./gvisor";
import { operatorProofs } from "./operators";
import { podProofs } from "./pods";
import { startProofs } from "./starts";
import { survivalProofs } from "./survives";
import type { Proof } from "./proof";

/** Every claim that is tried on real nodes, in order: later ones find what earlier ones have installed. */
export const proofs: readonly Proof[] = [
  ...flowProofs,
  ...startProofs,
  ...podProofs,
  ...gvisorProofs,
  ...autoscalingProofs,
  ...operatorProofs,
  ...attackProofs,
  ...dataProofs,
  ...alertProofs,
  ...survivalProofs,
];
