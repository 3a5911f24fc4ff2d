/** Job of the ingress controller's metrics. */
export const ROUTER_JOB = "ingress-controller";
