/** Annotations of one app's routes for OpenShift's router. */
export interface RouteAnnotations {
  /** Always as the platform says. */
  readonly limits: Readonly<Record<string, string>>;
  /** Where the route itself says nothing. */
  readonly defaults: Readonly<Record<string, string>>;
}

/** How the routes of the suite get their limits: admission writes it into each (components/admission/mutations/edge.ts). */
export type RouteLimits =
  | {
      readonly by: "traefik";
      /** Namespaces that have the objects; a route that names one that is not there is not served. */
      readonly namespaces: readonly string[];
      /** HTTPRoutes too. */
      readonly gatewayFilter: boolean;
    }
  | { readonly by: "haproxy-openshift"; readonly annotations: ReadonlyMap<string, RouteAnnotations> };

/** The limits that an operator gives to the routes of the suite, or why there are none: for the user to see. */
export type LimitedRoutes = { readonly limits: RouteLimits } | { readonly missing: string };
