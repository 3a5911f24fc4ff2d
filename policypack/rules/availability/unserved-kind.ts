import { asString, at } from "../../../lib/json";
import { splitKind } from "../../../lib/kinds";
import { stackRule } from "../../engine/rule";
import { unserved } from "../../engine/served";
import { withoutPod } from "../stack/_addon";
import { removedVersions } from "./removed-api";

/** Objects are of kinds that some API server serves. */
export const unservedKind = stackRule({
  id: "availability/unserved-kind",
  severity: "medium",
  title: "Objects have a kind and an API version that is served",
  why: "No cluster takes such an object: the release fails, and tools that go by group and kind, this one included, do not know what they are looking at.",
  standards: { iso27002: ["8.9", "8.32"] },
  levels: { baseline: "mandatory", mijnbureau: "mandatory", strict: "mandatory" },
  message: "has a kind that nobody serves",
  remedy: "Correct kind and apiVersion; `kubectl api-resources` lists them.",
  select: (stack) => stack.objects.map(withoutPod),
  check: (object) => {
    const apiVersion = asString(at(object.object, "apiVersion"));
    // Versions that are gone have a rule of their own.
    if (apiVersion !== undefined && removedVersions.includes(apiVersion)) return [];
    const message = unserved(apiVersion, splitKind(object.kind).kind);
    return message === undefined ? [] : [{ message, field: "apiVersion" }];
  },
});
