import { z } from "zod";
import type { Facts } from "../frame/facts";
import type { LimitedRoutes, RouteLimits } from "../frame/routes";
import { edgeSettings, openshiftAnnotations, type EdgeApp, type EdgeSettings } from "./limits";

const TRAEFIK_CRD = "middlewares.traefik.io";

type EdgeFacts = Pick<Facts, "edgeController" | "present"> & { readonly apps: readonly EdgeApp[] };

/** Absent where nothing of the cluster could limit: Traefik has not been installed yet. */
export function edgeRoutes({ edgeController, present, apps }: EdgeFacts, settings: unknown): RouteLimits | undefined {
  const given: EdgeSettings = z.object(edgeSettings).parse(settings ?? {});
  switch (edgeController) {
    case "traefik":
      if (!present.crds.has(TRAEFIK_CRD)) return undefined;
      return { by: "traefik", namespaces: apps.map(({ namespace }) => namespace), gatewayFilter: given.gatewayFilter };
    case "haproxy-openshift":
      return {
        by: "haproxy-openshift",
        annotations: new Map(apps.map((app) => [app.namespace, openshiftAnnotations(app, given)])),
      };
  }
}

/** The same as the stack uses it, with the reason where there is nothing. */
export function limitedRoutes(facts: EdgeFacts, settings: EdgeSettings): LimitedRoutes {
  const limits = edgeRoutes(facts, settings);
  return limits === undefined ? { missing: EDGE_MISSING } : { limits };
}

const EDGE_MISSING = `operators.edge: the cluster has no ${TRAEFIK_CRD}, so routes have no limits. Install Traefik with its CustomResourceDefinitions, run this again, then apply the suite anew`;
