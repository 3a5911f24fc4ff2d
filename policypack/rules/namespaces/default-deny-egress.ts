import { stackRule } from "../../engine/rule";
import { deniedByDefault } from "./_network";

/** Namespaces deny all outgoing traffic that no policy allows. */
export const defaultDenyEgress = stackRule({
  id: "namespaces/default-deny-egress",
  severity: "high",
  title: "Namespaces deny all outgoing traffic that no policy allows",
  why: "Pods that no policy selects connect to anything, the internet and the cloud's metadata service included: that is how data and credentials leave.",
  standards: {
    cis: ["5.3.2"],
    nsa: true,
    iso27002: ["8.20", "8.22"],
    kyverno: ["add-networkpolicy"],
    kubescape: ["C-0206", "C-0054"],
  },
  levels: { baseline: "advisory", mijnbureau: "mandatory", strict: "mandatory" },
  message: "has no network policy that denies all egress by default",
  remedy: "Add a NetworkPolicy with podSelector {}, policyTypes [Egress] and no egress rules.",
  select: (stack) => stack.ownedNamespaces(),
  check: (namespace, stack) => (deniedByDefault(namespace.name, "Egress", stack) ? [] : [{}]),
});
