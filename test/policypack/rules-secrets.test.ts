import { mutationTests } from "./rules-mutants";

mutationTests("secrets", {
  // Both the default interval and one that is none are shorter than any period of rotation.
  "secrets/generated-rotation": ['"1h" -> "1h~"'],
});
