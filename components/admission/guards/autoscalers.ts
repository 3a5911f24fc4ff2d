import { written, type Guard } from "./guard";

const target = (field: string): string =>
  `dyn(object).?spec.?${field}.?kind.orValue('Deployment') in ['Deployment', 'StatefulSet'] && ` +
  `dyn(object).?spec.?${field}.?apiVersion.orValue('apps/v1').startsWith('apps/')`;

/**
 * Autoscalers change with rights of their own whatever can be scaled: also what the deployer may not touch, such as the
 * platform's databases (CloudNativePG's Cluster has a scale).
 */
export const autoscalers: Guard = {
  name: "mijnbureau-platform-autoscalers",
  role: "suite",
  resources: [
    written("autoscaling", "horizontalpodautoscalers"),
    written("autoscaling.k8s.io", "verticalpodautoscalers"),
  ],
  matchConditions: [],
  validations: [
    {
      expression: `(${target("scaleTargetRef")}) && (${target("targetRef")})`,
      message: "An autoscaler of an app is for a Deployment or a StatefulSet.",
    },
  ],
};
