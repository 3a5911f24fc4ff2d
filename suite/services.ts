import { recordOf } from "../lib/record";
import { sharedServices, type SharedService } from "./app";
import { eachApp, type AppKey } from "./apps";
import type { AppPeer } from "./flow";

/** A service of one app that others use. */
export interface ServingApp {
  readonly app: AppKey;
  readonly pods: AppPeer;
  /** Name of the Service. */
  readonly service: string;
  readonly port: number;
}

function serving(service: SharedService): ServingApp {
  const [found, ...others] = eachApp.flatMap(({ key, app }) => {
    const own = app.serves[service];
    return own === undefined ? [] : [{ app: key, ...own }];
  });
  if (found === undefined || others.length > 0) {
    throw new Error(`suite/apps: exactly one app has to serve ${service}; ${others.length + (found ? 1 : 0)} do`);
  }
  return found;
}

/** The app that serves the others, where the stack names no service outside the cluster. */
export const servingApps: Readonly<Record<SharedService, ServingApp>> = recordOf(sharedServices, serving);
