import type { Manifest } from "../../kubernetes-object";
import { autoscalers } from "./autoscalers";
import { backupKeys } from "./backup";
import { bindings } from "./bindings";
import { drainableBudgets } from "./budgets";
import { certificates } from "./certificates";
import { claims } from "./claims";
import { dashboards } from "./dashboards";
import { dataNamespaces } from "./data-namespaces";
import { guardObjects, type GuardFacts } from "./guard";
import { routeHosts } from "./hosts";
import { middlewares } from "./middlewares";
import { monitors } from "./monitors";
import { owners } from "./owners";
import { platformObjects } from "./platform-objects";
import { suitePods } from "./pods";
import { operatorSecrets } from "./operator-secrets";
import { serviceNames } from "./services";
import { contentSize } from "./sizes";
import { templateKeys } from "./templates";

export type { GuardFacts } from "./guard";

/**
 * The guardrails that RBAC and Pod Security admission cannot express, as policies of the API server itself:
 * a ValidatingAdmissionPolicy and a binding each, fail closed. They hold for everybody, whatever the stack's rules say.
 */
export function guardManifests(facts: GuardFacts): Manifest[] {
  return [
    dataNamespaces,
    platformObjects(facts),
    ...owners(facts),
    routeHosts(facts),
    certificates(facts),
    operatorSecrets(facts),
    serviceNames,
    suitePods(facts),
    templateKeys,
    backupKeys(facts),
    drainableBudgets(facts),
    monitors(facts),
    middlewares,
    dashboards,
    autoscalers,
    bindings(facts),
    claims(facts),
    contentSize,
  ].flatMap(guardObjects);
}
