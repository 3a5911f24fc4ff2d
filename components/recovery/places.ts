import type { PlatformConfig } from "../../config/schema";
import { appOf, type AppKey } from "../../suite/apps";
import { stores as storeKinds, type Store, type StoreProvider } from "../../suite/flow";

type Stores = Pick<PlatformConfig, "network" | "apps">;

/** Which store an app has of each kind, by its provider. An app without stores has no entry. */
export function storesOf({ network }: Pick<Stores, "network">, app: AppKey): ReadonlyMap<Store, StoreProvider> {
  const byApp: Partial<Record<AppKey, Partial<Record<Store, { readonly provider: StoreProvider }>>>> =
    network.datastores;
  return new Map(
    storeKinds.flatMap((kind) => {
      const provider = byApp[app]?.[kind]?.provider;
      return provider === undefined ? [] : [[kind, provider] as const];
    }),
  );
}

/** Whether a backup of the app has volumes that must come back. */
export function savedVolumes(config: Stores, app: AppKey): boolean {
  const { holdsData, ownClaim: own } = appOf(app);
  const bundled = [...storesOf(config, app).values()].includes("bundled");
  return holdsData && ((own !== undefined && own.remade !== true) || bundled);
}
