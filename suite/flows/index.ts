import type { AppFlows } from "../app";
import { eachApp } from "../apps";
import type { Flow } from "../flow";
import { datastoreFlows } from "./datastores";
import { joined } from "./joined";

const of = (topic: keyof AppFlows): readonly Flow[] => joined(eachApp.flatMap(({ app }) => app.flows[topic]));

/** The table by topic, as the reader of `docs/network.md` finds it. */
export const topics: readonly { readonly title: string; readonly place: string; readonly flows: readonly Flow[] }[] = [
  { title: "From users, through the ingress controller", place: "flows.edge", flows: of("edge") },
  { title: "From app to app, by public hostname", place: "flows.hairpin", flows: of("hairpin") },
  { title: "From pod to pod", place: "flows.pods", flows: of("pods") },
  { title: "Datastores", place: "datastores", flows: datastoreFlows },
  { title: "API server and monitoring", place: "flows.cluster", flows: of("cluster") },
  { title: "Beyond the cluster", place: "flows.outside", flows: of("outside") },
];

/**
 * The one table of who may talk to whom in MijnBureau, from what each app says of itself in `suite/apps/`. What is not
 * in it is denied, in both directions. To allow more, add one entry to the app's file; both policies follow from it.
 */
export const flows: readonly Flow[] = topics.flatMap((topic) => topic.flows);
