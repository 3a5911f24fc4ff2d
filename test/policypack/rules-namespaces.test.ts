import { mutationTests } from "./rules-mutants";

mutationTests("namespaces", {
  // The default only has to differ from the value that is refused, or from any pinned version.
  "namespaces/device-admin-access": ['"false" -> "false~"'],
  "namespaces/pod-security-version": ['"latest" -> "latest~"'],
  // privileged has the lowest rank, and a level that is not in the list ranks lower still: no other is below either.
  "namespaces/pod-security-warnings": ['"privileged" -> "privileged~"'],
});
