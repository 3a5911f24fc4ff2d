import { stackRule } from "../../engine/rule";
import { asList, asObjects, at } from "../../../lib/json";
import { enforcedVerifications, imagePolicies } from "./_verification";

/** Images of the suite come with attestations that are checked. */
export const attestations = stackRule({
  id: "images/attestations",
  severity: "low",
  title: "Images of the suite come with attestations that are checked",
  why: "A signature says who made an image; only a list of its parts or the report of a scan says what is in it and whether that is still safe.",
  standards: {
    iso27002: ["5.21", "8.8", "8.25"],
    kyverno: ["verify-sbom-cyclonedx", "require-vulnerability-scan"],
  },
  levels: { baseline: "off", mijnbureau: "off", strict: "advisory" },
  message: "has no policy that checks attestations of images",
  remedy: "Add attestations (an SBOM, a vulnerability scan) to the ImageValidatingPolicy that verifies signatures.",
  select: (stack) => stack.ownedNamespaces("suite"),
  check: (namespace, stack) => {
    const found =
      imagePolicies(stack, namespace).some((policy) => asList(at(policy, "spec", "attestations")).length > 0) ||
      enforcedVerifications(stack).some((entry) => asObjects(entry["attestations"]).length > 0);
    return found ? [] : [{}];
  },
});
