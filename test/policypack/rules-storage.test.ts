import { mutationTests } from "./rules-mutants";

// Fixtures of a rule share one list of classes, which is neither empty nor of one class.
const classes = ["params.classes.size() > 0 -> (params.classes.size() >= 0)", "0 -> 1"];

mutationTests("storage", {
  "storage/encrypted-class": classes,
  "storage/encrypted-ephemeral-volume": classes,
});
