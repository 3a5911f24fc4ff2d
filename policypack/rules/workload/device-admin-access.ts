import { rule } from "../../engine/rule";

/** Device claims do not ask for administrative access. */
export const deviceAdminAccess = rule({
  id: "workload/device-admin-access",
  severity: "high",
  title: "Device claims do not ask for administrative access",
  why: "adminAccess gives a pod devices that other pods already use, and so their memory and results (KEP-5018).",
  standards: { iso27002: ["8.2", "8.3"] },
  levels: { baseline: "mandatory", mijnbureau: "mandatory", strict: "mandatory" },
  subject: "object",
  kinds: ["resource.k8s.io/ResourceClaim", "resource.k8s.io/ResourceClaimTemplate"],
  // The field stands in `exactly` from resource.k8s.io/v1beta2 on and directly in the request in v1beta1.
  valid: `(object.kind == "ResourceClaim" ? object.spec : object.spec.spec).?devices.?requests.orValue([]).all(r,
  !r.?exactly.?adminAccess.orValue(false) && !r.?adminAccess.orValue(false))`,
  message: "asks for administrative access to devices",
  remedy: "Remove adminAccess.",
});
