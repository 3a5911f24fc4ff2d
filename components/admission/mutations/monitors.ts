import type { Mutation } from "./mutation";

/** Where each kind of monitor keeps what is called. */
const lists = { servicemonitors: "endpoints", podmonitors: "podMetricsEndpoints" } as const;

/**
 * Prometheus follows redirects unless a monitor says otherwise, and so could be sent anywhere by the app that it asks.
 * MijnBureau's charts do not say; what says `true` stays, and is refused.
 */
export function redirectMutations(): readonly Mutation[] {
  return Object.entries(lists).map(([resource, list]): Mutation => {
    const endpoints = `object.spec.?${list}.orValue([])`;
    return {
      name: `redirects-${resource}`,
      title: "Prometheus follows no redirects of an app",
      resources: {
        apiGroups: ["monitoring.coreos.com"],
        apiVersions: ["v1"],
        operations: ["CREATE", "UPDATE"],
        resources: [resource],
      },
      conditions: [{ name: "unsaid", expression: `${endpoints}.exists(each, !has(each.followRedirects))` }],
      patch:
        `${endpoints}.transformList(i, each, !has(each.followRedirects), ` +
        `JSONPatch{op: 'add', path: '/spec/${list}/' + string(i) + '/followRedirects', value: false})`,
    };
  });
}
