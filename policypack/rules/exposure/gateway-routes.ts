import { rule } from "../../engine/rule";
import { selectsNamespaces } from "../namespaces/_selector";

/** Gateways take routes of chosen namespaces only. */
export const gatewayRoutes = rule({
  id: "exposure/gateway-routes",
  severity: "high",
  title: "Gateways take routes of chosen namespaces only",
  why: "A listener that takes routes from all namespaces lets any of them claim a host of another, and answer in its place.",
  standards: { iso27002: ["8.20", "8.22"] },
  levels: { baseline: "off", mijnbureau: "advisory", strict: "mandatory" },
  subject: "object",
  kinds: ["gateway.networking.k8s.io/Gateway"],
  valid: `object.spec.?allowedListeners.?namespaces.?from.orValue("") != "All" &&
    object.spec.?listeners.orValue([]).all(l, [l.?allowedRoutes.?namespaces.orValue({})].all(n, n.?from.orValue("") != "All" &&
      (n.?from.orValue("") != "Selector" || ${selectsNamespaces("n.?selector")})))`,
  message: "takes routes from every namespace",
  field: "spec.listeners",
  remedy: "Set allowedRoutes.namespaces.from to Same, or to Selector with the label of the namespaces.",
});
