import type { LoadedConfig } from "../../config/load";
import { NAMESPACE, placesOf, STORE_SECRET, usesCustomerKey } from "../operators/velero/locations";
import { veleroSettings } from "../operators/velero/settings";

/** A value of the cluster without which its backups are of no use, and which must also lie elsewhere. */
export interface Escrowed {
  readonly namespace: string;
  readonly name: string;
  readonly key: string;
  readonly why: string;
}

/** Where the cluster remembers when it was last written down. */
export const ESCROW_RECORD = { namespace: "kube-system", name: "mijnbureau-platform-escrow" } as const;

/** People leave, and files are lost: after this the file is written again. */
const ESCROW_DAYS = 180;

/** What must lie outside the cluster, by the configuration. */
export function escrowed(config: Pick<LoadedConfig, "operators">): Escrowed[] {
  const velero = veleroSettings(config.operators);
  if (velero === undefined) return [];
  return [
    {
      namespace: NAMESPACE,
      name: "velero-repo-credentials",
      key: "repository-password",
      why: "Every volume's data in the backups is encrypted with it.",
    },
    ...(placesOf(velero).some(({ location }) => usesCustomerKey(location))
      ? [
          {
            namespace: NAMESPACE,
            name: STORE_SECRET,
            key: "customer-key",
            why: "The store encrypts the backups of objects with it, and does not keep it.",
          },
        ]
      : []),
  ];
}

/** What is wrong with the file's age. `at`: when it was written, as the cluster remembers. */
export function escrowWarnings(config: Pick<LoadedConfig, "operators">, at: string | undefined, now: Date): string[] {
  if (escrowed(config).length === 0) return [];
  const todo = "Run mijnbureau escrow, and give the file to people who cannot delete the bucket";
  if (at === undefined)
    return [`escrow: the backups' password lies in this cluster alone, and is lost with it. ${todo}`];
  const days = Math.floor((now.getTime() - new Date(at).getTime()) / 86_400_000);
  return days > ESCROW_DAYS ? [`escrow: was last written ${days} days ago, and people change. ${todo}`] : [];
}
