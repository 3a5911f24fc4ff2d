import { eachApp, type AppKey } from "./apps";
import { singleFlows } from "./flow";

/** Apps that call services on the internet. */
export const appsOnTheInternet: readonly AppKey[] = eachApp
  .filter(({ app }) => singleFlows(app.flows.outside).some(({ to }) => to.kind === "internet"))
  .map(({ key }) => key);
