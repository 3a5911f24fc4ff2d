import assert from "node:assert/strict";
import { admissionSettings, suiteAdmission } from "../../components/admission/kyverno";
import { nativeResources } from "../../components/admission/mutations/compile";
import type { KubeClient } from "../../lib/kube/client";
import { at, isKubeObject, type KindRef, type KubeObject } from "../../lib/kube/client";
import { LocalKyverno } from "./kyverno";
import { keyPair, LocalRegistry, type KeyPair } from "./registry";
import { chart, eventually, namespaceOf, Sandbox, toolsOrSkip } from "./support";
import { needCharts } from "../support/needs";

const POD: KindRef = { apiVersion: "v1", kind: "Pod" };
const NAMESPACE = "mijnbureau-docs";

describe("Signatures of images, verified by Kyverno's own admission controller", function () {
  this.timeout(60_000);
  let sandbox: Sandbox;
  let client: KubeClient;
  let kyverno: LocalKyverno;
  let registry: LocalRegistry;
  let key: KeyPair;
  let otherKey: KeyPair;

  const container = (image: string, name = "main") => ({
    name,
    image,
    securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] }, runAsNonRoot: true },
  });
  const pod = (image: string, rest: { namespace?: string; init?: string; name?: string } = {}): KubeObject => ({
    ...POD,
    metadata: { name: rest.name ?? "pod", namespace: rest.namespace ?? NAMESPACE },
    spec: {
      securityContext: { seccompProfile: { type: "RuntimeDefault" } },
      ...(rest.init === undefined ? {} : { initContainers: [container(rest.init, "init")] }),
      containers: [container(image)],
    },
  });
  const admitted = async (...args: Parameters<typeof pod>): Promise<unknown> =>
    (await client.create(pod(...args), { dryRun: true }))["spec"];
  const imageOf = (spec: unknown, list = "containers"): unknown => at(spec, list, 0, "image");
  const refused = (image: string, why: RegExp = /an image of containers lacks the signature of own/): Promise<void> =>
    assert.rejects(admitted(image), why);

  before(async function () {
    this.timeout(300_000);
    const tools = await toolsOrSkip(this, "kyverno", "helm", "crane", "cosign");
    const fromChart = chart("kyverno");
    needCharts(this, [fromChart.name]);
    sandbox = await Sandbox.up(this, "image-signatures");
    ({ client } = sandbox);
    registry = await LocalRegistry.start(sandbox, tools.path("crane"));
    key = keyPair(sandbox, tools.path("cosign"), "own");
    otherKey = keyPair(sandbox, tools.path("cosign"), "other");
    kyverno = await LocalKyverno.install(sandbox, tools.path("helm"));
    await sandbox.apply(
      [NAMESPACE, "elsewhere"].map((name) =>
        namespaceOf(name, name === NAMESPACE ? "suite" : "operator", {
          level: "restricted",
          backupTier: "none",
          holdsData: false,
        }),
      ),
    );
    await kyverno.startAdmission(tools.path("kyverno"));
    const { kyverno: objects } = suiteAdmission({
      settings: admissionSettings.parse({
        imageSignatures: [
          { name: "own", images: [`${registry.host}/signed/*`], key: key.publicKey },
          { name: "hub", images: ["docker.io/velero/*"], key: key.publicKey },
        ],
      }),
      admissionResources: nativeResources,
      apps: [],
      flows: [],
      facts: { appArmor: false, userRanges: false },
      baseline: [],
      kyverno: true,
    });
    const ours = objects.filter(isKubeObject);
    const policies = ours.filter(({ kind }) => kind === "ImageValidatingPolicy");
    assert.deepEqual(
      policies.map(({ metadata }) => metadata.name),
      ["own", "hub"].map((signer) => `mijnbureau-platform-image-signatures-${signer}`),
    );
    await sandbox.apply([...ours.filter(({ kind }) => kind === "ClusterRole"), ...policies]);
    await kyverno.ready(policies);
    await eventually("its webhook refuses", async () => {
      try {
        await admitted(`${registry.host}/signed/none:1`);
        return undefined;
      } catch {
        return true;
      }
    });
    // The controller manager makes it, and pods need it.
    await eventually("the account of pods", () =>
      client.find({ apiVersion: "v1", kind: "ServiceAccount", name: "default", namespace: NAMESPACE }),
    );
  });

  after(async () => {
    await kyverno?.down();
    await sandbox?.down();
  });

  for (const format of ["attached", "bundle"] as const) {
    it(`lets in what the key has signed, and pins its digest (${format})`, async () => {
      const digest = registry.push(`signed/${format}`, "1", format);
      const image = registry.name(`signed/${format}`, "1");
      await refused(image);
      key.sign(`${registry.host}/signed/${format}@${digest}`, format);
      assert.equal(imageOf(await admitted(image)), `${image}@${digest}`);
      const byDigest = `${registry.host}/signed/${format}@${digest}`;
      assert.equal(imageOf(await admitted(byDigest)), byDigest);
    });

    it(`refuses what another key has signed (${format})`, async () => {
      const digest = registry.push(`signed/foreign-${format}`, "1", `foreign-${format}`);
      otherKey.sign(`${registry.host}/signed/foreign-${format}@${digest}`, format);
      await refused(registry.name(`signed/foreign-${format}`, "1"));
    });

    it(`refuses other content under a tag that was signed (${format})`, async () => {
      const repository = `signed/moved-${format}`;
      const first = registry.push(repository, "1", "first");
      key.sign(`${registry.host}/${repository}@${first}`, format);
      await admitted(registry.name(repository, "1"));
      registry.push(repository, "1", "second");
      await refused(registry.name(repository, "1"));
      await admitted(`${registry.host}/${repository}@${first}`);
    });
  }

  it("refuses a signature of another image", async () => {
    const signed = registry.push("signed/copied", "1", "signed");
    key.sign(`${registry.host}/signed/copied@${signed}`, "attached");
    const other = registry.push("signed/copied", "2", "other");
    // Where cosign looks for signatures of an image (sigstore/cosign, specs/SIGNATURE_SPEC.md, "Storage").
    const signatureTag = (digest: string): string => `${digest.replace(":", "-")}.sig`;
    registry.copy(["signed/copied", signatureTag(signed)], ["signed/copied", signatureTag(other)]);
    await admitted(registry.name("signed/copied", "1"));
    await refused(registry.name("signed/copied", "2"));
  });

  it("looks at every list of containers, and only in the suite, and only at what a signer is named for", async () => {
    const digest = registry.push("signed/good", "1", "good");
    const good = registry.name("signed/good", "1");
    key.sign(`${registry.host}/signed/good@${digest}`, "attached");
    registry.push("signed/bad", "1", "bad");
    const bad = registry.name("signed/bad", "1");
    const spec = await admitted(good, { init: good });
    assert.equal(imageOf(spec, "initContainers"), `${good}@${digest}`);
    await assert.rejects(admitted(good, { init: bad }), /an image of initContainers lacks the signature of own/);
    registry.push("others/bad", "1", "bad");
    const other = registry.name("others/bad", "1");
    assert.equal(imageOf(await admitted(other)), other);
    assert.equal(imageOf(await admitted(bad, { namespace: "elsewhere" })), bad);
  });

  it("knows images of Docker Hub by their short names too", async () => {
    const digest = `sha256:${"0".repeat(64)}`;
    for (const name of ["docker.io/velero/velero", "index.docker.io/velero/velero", "velero/velero"]) {
      // Nobody answers for it here, so what is looked at is refused.
      await assert.rejects(admitted(`${name}@${digest}`), /image-signatures-hub/, name);
    }
    await admitted(`velero-else/velero@${digest}`);
  });

  it("leaves a pod that runs alone while the registry is away, but lets no new image in", async () => {
    const digest = registry.push("signed/running", "1", "running");
    const image = registry.name("signed/running", "1");
    key.sign(`${registry.host}/signed/running@${digest}`, "attached");
    const ref = { ...POD, namespace: NAMESPACE, name: "running" };
    await client.create(pod(image, { name: "running" }));
    const debug = (debugged: string) => ({ spec: { ephemeralContainers: [container(debugged, "debug")] } });
    const ephemeral = { subresource: "ephemeralcontainers", dryRun: true };
    await assert.rejects(
      client.patch(ref, debug(registry.name("signed/bad", "1")), ephemeral),
      /an image of ephemeralContainers lacks the signature of own/,
    );
    assert.equal(
      imageOf((await client.patch(ref, debug(image), ephemeral))["spec"], "ephemeralContainers"),
      `${image}@${digest}`,
    );
    await client.patch(ref, { metadata: { finalizers: ["example.org/job-tracking"] } });
    await registry.stop();
    try {
      await client.patch(ref, { metadata: { labels: { changed: "true" } } });
      await client.delete(ref, { graceSeconds: 0 });
      await client.patch(ref, { metadata: { finalizers: null } });
      await eventually("the pod is gone", async () => ((await client.find(ref)) === undefined ? true : undefined));
      await refused(registry.name("signed/new", "1"), /image-signatures-own/);
    } finally {
      await registry.resume();
    }
  });
});
