import { text } from "../cel";
import { objectChanged, whenChanged } from "../changed";
import { written, type Guard } from "./guard";
import { DNS_CONTROLLERS, refersToOwn } from "./hosts";

/** How Traefik talks to the Service (its documentation, "Kubernetes Ingress", annotations on Services). */
const TRANSPORT = "traefik.ingress.kubernetes.io/service.serverstransport";

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
    {
      expression: refersToOwn(TRANSPORT),
      message: `${TRANSPORT} names an object of the app's own namespace only: <namespace>-<name>@kubernetescrd.`,
    },
  ],
};
