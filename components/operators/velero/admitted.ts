import type { AdmittedPod } from "../frame/accounts";
import { image, type Facts } from "../frame/facts";
import { KUBECTL } from "../frame/jobs";
import { pluginOf } from "./locations";
import type { Location } from "./settings";

const KUBELET = "/var/lib/kubelet";

/** Movers of the file-system backup are privileged on the directory of one volume (velero v1.18.1, pkg/exposer/pod_volume.go). */
export function admitted(
  facts: Facts,
  { hasDrill, locations }: { readonly hasDrill: boolean; readonly locations: readonly Location[] },
): AdmittedPod[] {
  const own = image(facts, "docker.io/velero/velero");
  return [
    {
      account: "velero-server",
      images: [own, ...new Set(locations.map((place) => image(facts, pluginOf(place).image.replace(/:[^/]*$/, ""))))],
      commands: [
        ["/velero"],
        ...["data-mover", "pod-volume"].flatMap((what) => [
          ["/velero", what, "backup"],
          ["/velero", what, "restore"],
        ]),
      ],
      // Where its plugins are (chart 12.1.0, templates/deployment.yaml).
      variables: { LD_LIBRARY_PATH: "/plugins" },
      hostPaths: [`${KUBELET}/pods`, `${KUBELET}/pods/*`, `${KUBELET}/plugins`],
      privileged: true,
      capabilities: ["DAC_READ_SEARCH"],
    },
    ...(hasDrill
      ? [
          {
            account: "restore-drill",
            images: [own, image(facts, KUBECTL)],
            commands: [["/velero", "restore", "create"]],
          },
        ]
      : []),
  ];
}
