import { findTools } from "../../../embedded/toolchain";
import { isReal } from "../../../embedded/nodes/images";
import { crdsOf } from "../../../components/crds/crds";
import { NAMESPACE } from "../../../components/operators/external-secrets/stores";
import { at, isKubeObject, refOf, type KubeObject } from "../../../lib/kube/client";
import { chart } from "../../controllers/support";
import { renderedOf } from "../../attacks/platform";
import { nothingForbidden, withPortClosed, type PodPort } from "./operators";
import type { Outcome, Proof } from "./proof";
import type { World } from "./world";

const NAME = "external-secrets";
const NOT_BUILT = "External Secrets runs with npm run test:node";
const API = "external-secrets.io/v1";
const WEBHOOK: PodPort = {
  namespace: NAMESPACE,
  labelSelector: "app.kubernetes.io/name=external-secrets-webhook",
  port: 10250,
};

const isThere = ({ images }: World): boolean => isReal(`ghcr.io/external-secrets/${NAME}:`, images);

/** The chart's webhooks, which the stack leaves out where nodes are simulated; its cert-controller fills them in. */
async function webhooks(world: World): Promise<readonly KubeObject[]> {
  const operator = world.plan.operators.find(({ plan }) => plan.operator === NAME)?.plan;
  const helm = (await findTools(["helm"])).get("helm");
  if (operator === undefined || helm === undefined) throw new Error(`${NAME} is not in the stack, or helm not built`);
  return renderedOf(helm, operator).filter(({ kind }) => kind === "ValidatingWebhookConfiguration");
}

/** One that draws its value: it needs no store, which is not there. */
const drawn = (namespace: string, fields: object = {}): KubeObject => ({
  apiVersion: API,
  kind: "ExternalSecret",
  metadata: { name: "drawn", namespace },
  spec: {
    refreshInterval: "1h",
    target: { name: "drawn", template: { engineVersion: "v2" }, ...fields },
    dataFrom: [
      {
        sourceRef: {
          generatorRef: { apiVersion: "generators.external-secrets.io/v1alpha1", kind: "Password", name: "drawn" },
        },
      },
    ],
  },
});

const generator = (namespace: string): KubeObject => ({
  apiVersion: "generators.external-secrets.io/v1alpha1",
  kind: "Password",
  metadata: { name: "drawn", namespace },
  spec: { length: 24, digits: 5, symbols: 0, noUpper: false, allowRepeat: true },
});

/** What the webhook says to one that would delete what it does not own. */
async function refusal({ client }: World, namespace: string): Promise<string | undefined> {
  const bad = drawn(namespace, { creationPolicy: "Merge", deletionPolicy: "Delete" });
  try {
    await client.create({ ...bad, metadata: { name: "bad", namespace } }, { dryRun: true });
    return undefined;
  } catch (error) {
    return String(error);
  }
}

async function answers(world: World): Promise<Outcome> {
  if (!isThere(world)) return { tries: 0, wrong: [], skipped: NOT_BUILT };
  const { namespace } = world.config.monitoring;
  const wrong: string[] = [];
  const configurations = await webhooks(world);
  const value = async (): Promise<string | undefined> => {
    const secret = await world.client.find({ apiVersion: "v1", kind: "Secret", name: "drawn", namespace });
    const text = Buffer.from(String(at(secret, "data", "password")), "base64").toString("utf8");
    // The nodes' STAND-IN makes Secrets too, and says so in them.
    return /^\w{24}$/.test(text) ? text : undefined;
  };
  const refused = (): Promise<string | undefined> =>
    world.eventually(async () => {
      const said = await refusal(world, namespace);
      return said?.includes("deletionPolicy=Delete must not be used") === true ? said : undefined;
    });
  try {
    // Its own instead of the stand-ins: by their label its cert-controller finds them, by their defaults a request is whole.
    for (const each of [...crdsOf(chart(NAME)), ...configurations].filter(isKubeObject))
      await world.client.apply(each, { force: true });
    if ((await refused()) === undefined) wrong.push(`by its webhook: ${String(await refusal(world, namespace))}`);
    const opening = await withPortClosed(world, WEBHOOK, async () => {
      const closed = await world.eventually(async () => {
        const said = await refusal(world, namespace);
        return said?.includes("failed calling webhook") === true ? said : undefined;
      });
      if (closed === undefined) wrong.push(`with the port closed: ${String(await refusal(world, namespace))}`);
    });
    if (opening === 0) wrong.push(`no policy opens port ${String(WEBHOOK.port)}`);
    if ((await refused()) === undefined) wrong.push(`open again: ${String(await refusal(world, namespace))}`);
    for (const each of [generator(namespace), drawn(namespace)]) await world.client.apply(each, { force: true });
    if ((await world.eventually(value)) === undefined) wrong.push("its controller has drawn no value");
    return { tries: 4, wrong, notes: [`${String(opening)} policies removed, and made again`] };
  } finally {
    for (const each of [drawn(namespace), generator(namespace), ...configurations]) {
      await world.client.delete(refOf(each)).catch(() => undefined);
    }
  }
}

export const externalSecretsProofs: readonly Proof[] = [
  {
    claim: "External Secrets' own pods draw a value and answer the API server, and not with their port closed",
    long: true,
    run: answers,
  },
  {
    claim: "External Secrets' pods ask the API server for nothing that is forbidden to them",
    long: true,
    run: (world) =>
      isThere(world)
        ? nothingForbidden(world, NAMESPACE)
        : Promise.resolve({ tries: 0, wrong: [], skipped: NOT_BUILT }),
  },
];
