import { text } from "../cel";
import { objectChanged, whenChanged } from "../changed";
import { written, type Guard } from "./guard";
import { DNS_CONTROLLERS } from "./hosts";

/** Services are the first source of external-dns and its like. */
export const serviceNames: Guard = {
  name: "mijnbureau-platform-service-names",
  role: "suite",
  resources: [written("", "services")],
  matchConditions: [whenChanged(objectChanged)],
  validations: [
    {
      expression: `!object.metadata.?annotations.orValue({}).exists(key, key.matches(${text(DNS_CONTROLLERS)}))`,
      message: "An annotation has a DNS controller publish names (external-dns and its like).",
    },
  ],
};
