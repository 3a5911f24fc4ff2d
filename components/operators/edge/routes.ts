import { z } from "zod";
import type { Facts } from "../frame/facts";
import { edgeSettings, openshiftAnnotations, type EdgeApp, type EdgeSettings, type RouteAnnotations } from "./limits";

export const TRAEFIK_CRD = "middlewares.traefik.io";

/** How the routes of the suite get the limits of the edge: admission writes it into each (components/admission/mutations/edge.ts). */
export type EdgeRoutes =
  | {
      readonly by: "traefik";
      /** Namespaces that have the objects; a route that names one that is not there is not served. */
      readonly namespaces: readonly string[];
      /** HTTPRoutes too. */
      readonly gatewayFilter: boolean;
    }
  | { readonly by: "haproxy-openshift"; readonly annotations: ReadonlyMap<string, RouteAnnotations> };

type EdgeFacts = Pick<Facts, "edgeController" | "present"> & { readonly apps: readonly EdgeApp[] };

/** Absent where nothing of the cluster could limit: Traefik has not been installed yet. */
export function edgeRoutes({ edgeController, present, apps }: EdgeFacts, settings: unknown): EdgeRoutes | undefined {
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

/** For the user to see: routes that nothing limits. */
export const EDGE_MISSING = `operators.edge: the cluster has no ${TRAEFIK_CRD}, so routes have no limits. Install Traefik with its CustomResourceDefinitions, run this again, then apply the suite anew`;
