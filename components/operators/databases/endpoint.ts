import type { LoadedConfig } from "../../../config/load";
import { publicInternet } from "../../../lib/cidr";
import { settingsOf, type Store } from "./settings";

/** Host of the object store, as clients are given it. */
export function hostOf(store: Store): { host: string; port: number } {
  switch (store.provider) {
    case "s3": {
      const { hostname, port } = new URL(store.url);
      return { host: hostname, port: port === "" ? 443 : Number(port) };
    }
    case "azure":
      return { host: `${store.account}.blob.core.windows.net`, port: 443 };
    case "gcs":
      return { host: "storage.googleapis.com", port: 443 };
  }
}

/** As its owner calls it. */
export const bucketOf = (store: Store): string => (store.provider === "azure" ? store.container : store.bucket);

export interface DatabaseStore {
  readonly host: string;
  readonly port: number;
  readonly cidrs: readonly string[];
}

/** Where the databases of a stack are backed up to: what their pods may reach beyond the cluster. */
export function databaseStoreOf({ operators }: Pick<LoadedConfig, "operators">): DatabaseStore | undefined {
  const store = settingsOf(operators)?.store;
  if (store === undefined) return undefined;
  return { ...hostOf(store), cidrs: store.cidrs.length > 0 ? store.cidrs : publicInternet };
}
