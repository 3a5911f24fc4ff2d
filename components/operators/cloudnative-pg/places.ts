import type { Facts } from "../frame/facts";
import { group } from "../frame/flows";

export const NAMESPACE = "cnpg-system";
export const operatorPods = group("operator", { "app.kubernetes.io/name": "cloudnative-pg" });
export const pluginPods = group("barman-cloud", { "app.kubernetes.io/name": "plugin-barman-cloud" });

/** Apps whose PostgreSQL is a Cluster of CloudNativePG. */
export const databaseApps = (apps: Facts["apps"]): Facts["apps"] => apps.filter(({ postgres }) => postgres === "cnpg");
