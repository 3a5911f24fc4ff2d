import { stackRule } from "../../engine/rule";
import { deploysIn, owned, selectsOperatorMade, serviceSelector, workloadsOf } from "./_selection";

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
    const selector = serviceSelector(service);
    const judged =
      Object.keys(selector).length > 0 && !selectsOperatorMade(selector) && deploysIn(service.namespace, stack);
    return judged && workloadsOf(service, stack).length === 0 ? [{ field: "spec.selector" }] : [];
  },
});
