import { stackRule } from "../../engine/rule";
import { selectsOperatorMade, serviceSelector, workloadsOf } from "./_selection";

/** Services select pods that the stack has. */
export const serviceTarget = stackRule({
  id: "stack/service-target",
  severity: "medium",
  title: "Services select pods that the stack has",
  why: "A Service that selects nothing answers nobody, and takes the first pod that comes along with its labels.",
  standards: {
    bio: ["8.9", "8.22"],
    kubeScore: ["service-targets-pod"],
    kubeLinter: ["dangling-service"],
    kubescape: ["C-0293"],
  },
  levels: { baseline: "off", mijnbureau: "advisory", strict: "advisory" },
  message: "selects the pods of no workload",
  remedy: "Make the selector the labels of the pod template.",
  // Only where the stack deploys workloads itself: the suite's are not part of the platform's own stack.
  select: (stack) =>
    stack
      .ownedNamespaces()
      .filter(({ name }) => stack.workloads(name).length > 0)
      .flatMap(({ name }) => stack.ofKind("Service", name)),
  check: (service, stack) => {
    const selector = serviceSelector(service);
    const judged = Object.keys(selector).length > 0 && !selectsOperatorMade(selector);
    return judged && workloadsOf(service, stack).length === 0 ? [{ field: "spec.selector" }] : [];
  },
});
