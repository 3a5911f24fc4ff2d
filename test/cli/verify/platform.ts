import { guardManifests } from "../../../components/admission/guards";
import { nativeMutation } from "../../../components/admission/mutations/compile";
import { redirectMutations } from "../../../components/admission/mutations/monitors";
import { guardFactsOf } from "../../../components/plan";
import { namespaceLabels } from "../../../components/namespace/labels";
import { podSecurityVersion } from "../../../components/namespace/pod-security";
import { suiteNamespaces } from "../../../components/namespace/suite";
import { flows } from "../../../suite/flows";
import { networkObjects } from "../../../components/network/render";
import { priorityClassManifests } from "../../../components/priority-classes";
import type { LoadedConfig } from "../../../config/load";
import type { KubeClient, KubeObject } from "../../../lib/kube/client";

/**
 * The suite's secure namespaces on a cluster, object by object as the program registers them, without the engine:
 * what the verification needs of a stack, in seconds.
 */
export async function installNamespaces(config: LoadedConfig, client: KubeClient): Promise<void> {
  const pinned = podSecurityVersion(config.podSecurity.version, await client.version());
  const namespaces = suiteNamespaces(config, pinned);
  const network = networkObjects(flows, {
    settings: config.network,
    apps: Object.fromEntries(namespaces.map(({ app, namespace }) => [app, namespace])),
    operatorNamespaces: [],
    monitoringNamespace: config.monitoring.namespace,
  });
  const apply = (object: KubeObject): Promise<KubeObject> => client.apply(object, { force: true });
  // The guards refuse the monitors of the suite's charts until this says for them what they leave out; pods stay as
  // the charts have them.
  const monitors = redirectMutations().flatMap(nativeMutation);
  const guards = guardManifests(guardFactsOf(config));
  for (const object of [...priorityClassManifests(), ...monitors, ...guards]) await apply(object);
  for (const { namespace, identity, limits, objects } of namespaces) {
    await apply({
      apiVersion: "v1",
      kind: "Namespace",
      metadata: { name: namespace, labels: namespaceLabels(identity) },
    });
    const inside = [...limits, ...(network.byNamespace.get(namespace) ?? []), ...(objects ?? [])];
    await Promise.all(inside.map((object) => apply({ ...object })));
  }
}
