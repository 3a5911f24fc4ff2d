import { group, peer } from "../frame/flows";

const NAMESPACE = "falcosidekick";
const pods = group("falcosidekick", { "app.kubernetes.io/name": "falcosidekick" });

/** Where it takes events, for the operators that send some. */
export const eventRouter = {
  namespace: NAMESPACE,
  pods,
  port: 2801,
  url: `http://falcosidekick.${NAMESPACE}.svc:2801`,
  peer: peer(NAMESPACE, pods),
} as const;
