import { stackRule } from "../../engine/rule";
import { deniedByDefault } from "./_network";

/** Namespaces deny all incoming traffic that no policy allows. */
export const defaultDenyIngress = stackRule({
  id: "namespaces/default-deny-ingress",
  severity: "high",
  title: "Namespaces deny all incoming traffic that no policy allows",
  why: "Pods that no policy selects accept connections from the whole cluster, so one intruder reaches every app.",
  standards: {
    cis: ["5.3.2"],
    nsa: true,
    iso27002: ["8.20", "8.22"],
    kyverno: ["add-networkpolicy"],
    kubescape: ["C-0206", "C-0054"],
  },
  levels: { baseline: "advisory", mijnbureau: "mandatory", strict: "mandatory" },
  message: "has no network policy that denies all ingress by default",
  remedy: "Add a NetworkPolicy with podSelector {}, policyTypes [Ingress] and no ingress rules.",
  select: (stack) => stack.ownedNamespaces(),
  check: (namespace, stack) => (deniedByDefault(namespace.name, "Ingress", stack) ? [] : [{}]),
});
