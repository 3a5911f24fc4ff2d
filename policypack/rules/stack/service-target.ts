import { stackRule } from "../../engine/rule";
import { at } from "../../../lib/json";
import { deploysIn, madeByOperator, owned, selectsOperatorMade, serviceSelector, workloadsOf } from "./_selection";

/** Services select pods that the stack has. */
export const serviceTarget = stackRule({
  id: "stack/service-target",
  severity: "medium",
  title: "Services select pods that the stack has",
  why: "A Service that selects nothing answers nobody, and takes the first pod that comes along with its labels.",
  standards: {
    iso27002: ["8.9", "8.22"],
    kubeScore: ["service-targets-pod"],
    kubeLinter: ["dangling-service"],
    kubescape: ["C-0293"],
  },
  levels: { baseline: "off", mijnbureau: "advisory", strict: "advisory" },
  message: "selects the pods of no workload",
  remedy: "Make the selector the labels of the pod template.",
  select: (stack) => owned(stack, stack.ofKind("Service")),
  check: (service, stack) => {
    // A Service of another name on the network selects nothing, whatever stands there.
    if (at(service.object, "spec", "type") === "ExternalName") return [];
    const selector = serviceSelector(service);
    const judged =
      Object.keys(selector).length > 0 && !selectsOperatorMade(selector) && deploysIn(service.namespace, stack);
    const none =
      judged && workloadsOf(service, stack).length === 0 && !madeByOperator(service.namespace, selector, stack);
    return none ? [{ field: "spec.selector" }] : [];
  },
});
