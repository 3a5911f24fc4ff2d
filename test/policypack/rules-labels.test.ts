import { mutationTests } from "./rules-mutants";

mutationTests("labels", {
  // The default only has to differ from the empty text.
  "labels/not-empty": ['"set" -> "set~"'],
});
