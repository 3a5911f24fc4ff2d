import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { parseAllDocuments } from "yaml";
import { appKeys, type AppKey } from "../../../suite/apps";
import type { Labels } from "./oracle";

/** MijnBureau's rendered manifests, beside the checkout where they are given. */
export const corpus = join(__dirname, "..", "..", "..", "..", "shared", "corpus", "mijnbureau");

export interface PodTemplate {
  readonly environment: string;
  readonly app: AppKey;
  /** `Deployment/docs-backend`. */
  readonly workload: string;
  readonly labels: Labels;
  readonly ports: readonly { readonly port: number; readonly protocol: "TCP" | "UDP" }[];
}

interface Container {
  ports?: { containerPort: number; protocol?: "TCP" | "UDP" }[];
}

interface Template {
  metadata?: { labels?: Record<string, string> };
  spec?: { containers?: Container[] };
}

interface Workload {
  kind?: string;
  metadata?: { name?: string };
  spec?: { template?: Template; jobTemplate?: { spec?: { template?: Template } } };
}

const isApp = (key: string): key is AppKey => appKeys.some((known) => known === key);

/** Every pod template of every app, in every environment that is given. */
export function podTemplates(): PodTemplate[] {
  return readdirSync(corpus).flatMap((environment) =>
    readdirSync(join(corpus, environment))
      .filter((file) => file.endsWith(".yaml"))
      .flatMap((file) => {
        const app = basename(file, ".yaml");
        if (!isApp(app)) return [];
        const text = readFileSync(join(corpus, environment, file), "utf8");
        return parseAllDocuments(text, { uniqueKeys: false }).flatMap((document) => {
          const object = document.toJS() as Workload | null;
          const template = object?.spec?.template ?? object?.spec?.jobTemplate?.spec?.template;
          if (object === null || template?.spec?.containers === undefined) return [];
          return [
            {
              environment,
              app,
              workload: `${object.kind}/${object.metadata?.name}`,
              labels: template.metadata?.labels ?? {},
              ports: template.spec.containers.flatMap((container) =>
                (container.ports ?? []).map((port) => ({ port: port.containerPort, protocol: port.protocol ?? "TCP" })),
              ),
            },
          ];
        });
      }),
  );
}
