import assert from "node:assert/strict";
import {
  cloudSettings,
  cloudStore,
  openbaoStores,
  openbaoSettings,
} from "../../../components/operators/external-secrets/stores";
import { at } from "../../../lib/json";
import { z } from "zod";

const namespaces = ["velero"];
const clouds = {
  aws: { provider: "aws", region: "eu-west-1", roleArn: "arn:aws:iam::123456789012:role/secrets", namespaces },
  azure: {
    provider: "azure",
    vaultUrl: "https://vault.example.nl",
    tenantId: "8d0f7a52-6f3b-4c1e-9a77-0c2f6f3f1a01",
    clientId: "8d0f7a52-6f3b-4c1e-9a77-0c2f6f3f1a02",
    namespaces,
  },
  gcp: {
    provider: "gcp",
    projectId: "secrets",
    cluster: { location: "europe-west4", name: "platform" },
    serviceAccount: "reader@secrets.iam.gserviceaccount.com",
    namespaces,
  },
} as const;

const json = (value: unknown) => z.json().parse(JSON.parse(JSON.stringify(value)));

describe("the store of the cloud provider", () => {
  for (const [name, input] of Object.entries(clouds)) {
    it(`is open to the named namespaces only, and logs in with a short-lived token that the controller may request: ${name}`, () => {
      const cloud = cloudSettings.parse(input);
      const [account, store] = cloudStore(cloud);
      assert.deepEqual(at(json(store), "spec", "conditions"), [{ namespaces }]);
      assert.match(
        JSON.stringify(store),
        new RegExp(`"serviceAccountRef":\\{"name":"${account?.metadata.name ?? "?"}"`),
      );
      const roles = openbaoStores(openbaoSettings.parse({}), cloud).filter(({ kind }) => kind === "Role");
      assert.match(JSON.stringify(roles), new RegExp(`"resourceNames":\\[[^\\]]*"${account?.metadata.name ?? "?"}"`));
    });
  }

  it("of GCP names its cluster in full: the metadata server is out of reach", () => {
    const identity = (input: unknown) =>
      at(json(cloudStore(cloudSettings.parse(input))[1]), "spec", "provider", "gcpsm", "auth", "workloadIdentity");
    assert.deepEqual(identity(clouds.gcp), {
      serviceAccountRef: { name: "cloud-secret-store", namespace: "external-secrets" },
      clusterProjectID: "secrets",
      clusterLocation: "europe-west4",
      clusterName: "platform",
    });
    const elsewhere = { ...clouds.gcp, cluster: { ...clouds.gcp.cluster, projectId: "clusters" } };
    assert.match(JSON.stringify(identity(elsewhere)), /"clusterProjectID":"clusters"/);
    assert.equal(cloudSettings.safeParse({ ...clouds.gcp, cluster: undefined }).success, false);
  });
});
