import { mutationTests } from "./rules-mutants";

mutationTests("storage", {
  // Fixtures of a rule share one list of classes, which is neither empty nor of one class.
  "storage/encrypted-class": ["params.classes.size() > 0 -> (params.classes.size() >= 0)", "0 -> 1"],
});
