import { literal, text } from "../cel";
import type { Mutation } from "./mutation";

/** The Gateway that serves all hosts of the suite. */
export interface SharedGateway {
  readonly namespace: string;
  readonly name: string;
  readonly domain: string;
}

const LISTENERS = "object.spec.?listeners.orValue([])";

/**
 * The suite's chart leaves the names of its listeners out, and takes routes of every namespace: any of them could answer
 * for any host at all. With the domain as name, a route answers for nothing outside it.
 */
export function gatewayListenerMutation(gateway: SharedGateway | undefined): readonly Mutation[] {
  if (gateway === undefined) return [];
  const nameless = `listener.?protocol.orValue('') in ${literal(["HTTP", "HTTPS", "TLS"])} && listener.?hostname.orValue('') == ''`;
  return [
    {
      name: "gateway-listeners",
      title: "Listeners of the suite's Gateway are for its domain",
      resources: {
        apiGroups: ["gateway.networking.k8s.io"],
        apiVersions: ["v1"],
        operations: ["CREATE", "UPDATE"],
        resources: ["gateways"],
      },
      namespace: gateway.namespace,
      conditions: [
        { name: "shared", expression: `object.metadata.name == ${text(gateway.name)}` },
        { name: "nameless", expression: `${LISTENERS}.exists(listener, ${nameless})` },
      ],
      patch:
        `${LISTENERS}.transformList(i, listener, ${nameless}, ` +
        `JSONPatch{op: 'add', path: '/spec/listeners/' + string(i) + '/hostname', value: ${text(`*.${gateway.domain}`)}})`,
    },
  ];
}
