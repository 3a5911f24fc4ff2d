import type { PlatformConfig } from "../../config/schema";
import { appOf, type AppKey } from "../../suite/apps";
import { stores as storeKinds, type Store } from "../../suite/flow";

type Stores = Pick<PlatformConfig, "network" | "apps">;

/** Which store an app has of each kind, by its provider. An app without stores has no entry. */
export function storesOf({ network }: Stores, app: AppKey): ReadonlyMap<Store, string> {
  const given: Readonly<Record<string, unknown>> = network.datastores;
  const stores = given[app];
  const found = new Map<Store, string>();
  if (typeof stores !== "object" || stores === null) return found;
  for (const kind of storeKinds) {
    const store: unknown = Reflect.get(stores, kind);
    if (typeof store !== "object" || store === null) continue;
    const provider: unknown = Reflect.get(store, "provider");
    if (typeof provider === "string") found.set(kind, provider);
  }
  return found;
}

/** Whether a backup of the app has volumes that must come back. */
export function savedVolumes(config: Stores, app: AppKey): boolean {
  const { holdsData, ownClaim: own } = appOf(app);
  const bundled = [...storesOf(config, app).values()].includes("bundled");
  return holdsData && ((own !== undefined && own.remade !== true) || bundled);
}
