import { z } from "zod";
import type { Manifest } from "../../kubernetes-object";
import { managedLabels } from "../../namespace/labels";
import { defineOperator } from "../frame/define";

const parameters = z.record(z.string(), z.string()).default({}).describe("Further parameters of the driver.");

/** Ways to encrypted volumes. Where the key is kept differs; that data is encrypted on disk does not. */
export const storageClass = z.discriminatedUnion("provider", [
  z
    .strictObject({ provider: z.literal("existing") })
    .describe(
      "The class `storage.default` exists, is encrypted and is the default; who runs the cluster answers for that.",
    ),
  z.strictObject({
    provider: z.literal("aws"),
    kmsKeyId: z.string().min(1).optional().describe("Key of ours; absent: the account's key for EBS."),
    type: z.string().default("gp3"),
    parameters,
  }),
  z.strictObject({
    provider: z.literal("openstack"),
    volumeType: z.string().min(1).describe("A Cinder volume type with encryption (`openstack volume type show`)."),
    parameters,
  }),
  z.strictObject({
    provider: z.literal("ceph"),
    clusterId: z.string().min(1),
    pool: z.string().min(1),
    kmsId: z.string().min(1).describe("Entry of ceph-csi's key management ConfigMap."),
    secretNamespace: z.string().min(1).default("rook-ceph"),
    provisioner: z.string().default("rook-ceph.rbd.csi.ceph.com"),
    parameters,
  }),
  z.strictObject({
    provider: z.literal("azure"),
    diskEncryptionSetId: z
      .string()
      .startsWith(
        "/subscriptions/",
        "is not the resource id of a disk encryption set; example: /subscriptions/<id>/resourceGroups/<group>/providers/Microsoft.Compute/diskEncryptionSets/<name>",
      ),
    sku: z.string().default("Premium_ZRS"),
    parameters,
  }),
  z.strictObject({
    provider: z.literal("gcp"),
    kmsKey: z
      .string()
      .startsWith(
        "projects/",
        "is not the resource name of a key; example: projects/<project>/locations/<place>/keyRings/<ring>/cryptoKeys/<key>",
      ),
    type: z.string().default("pd-balanced"),
    parameters,
  }),
  z
    .strictObject({
      provider: z.literal("luks"),
      provisioner: z.string().min(1),
      secret: z
        .strictObject({ name: z.string().min(1), namespace: z.string().min(1) })
        .describe("Secret with the passphrase, as the driver wants it."),
      parameters,
    })
    .describe("Any CSI driver that sets LUKS up on the node with a passphrase from a Secret."),
]);

export type StorageClassSettings = z.infer<typeof storageClass>;

interface Driver {
  readonly provisioner: string;
  readonly parameters: Readonly<Record<string, string>>;
}

/** The driver's own spelling of "encrypted". */
export function driverOf(settings: StorageClassSettings): Driver | undefined {
  switch (settings.provider) {
    case "existing":
      return undefined;
    case "aws":
      return {
        provisioner: "ebs.csi.aws.com",
        parameters: {
          type: settings.type,
          encrypted: "true",
          ...(settings.kmsKeyId === undefined ? {} : { kmsKeyId: settings.kmsKeyId }),
          ...settings.parameters,
        },
      };
    case "openstack":
      // Encryption is a property of the volume type.
      return {
        provisioner: "cinder.csi.openstack.org",
        parameters: { type: settings.volumeType, ...settings.parameters },
      };
    case "ceph":
      return { provisioner: settings.provisioner, parameters: cephParameters(settings) };
    case "azure":
      return {
        provisioner: "disk.csi.azure.com",
        parameters: {
          skuName: settings.sku,
          diskEncryptionSetID: settings.diskEncryptionSetId,
          networkAccessPolicy: "DenyAll",
          ...settings.parameters,
        },
      };
    case "gcp":
      return {
        provisioner: "pd.csi.storage.gke.io",
        parameters: { type: settings.type, "disk-encryption-kms-key": settings.kmsKey, ...settings.parameters },
      };
    case "luks":
      return { provisioner: settings.provisioner, parameters: luksParameters(settings) };
  }
}

function cephParameters(settings: Extract<StorageClassSettings, { provider: "ceph" }>): Record<string, string> {
  const secret = (use: string, name: string) => ({
    [`csi.storage.k8s.io/${use}-secret-name`]: name,
    [`csi.storage.k8s.io/${use}-secret-namespace`]: settings.secretNamespace,
  });
  return {
    clusterID: settings.clusterId,
    pool: settings.pool,
    imageFormat: "2",
    imageFeatures: "layering",
    encrypted: "true",
    encryptionKMSID: settings.kmsId,
    ...secret("provisioner", "rook-csi-rbd-provisioner"),
    ...secret("controller-expand", "rook-csi-rbd-provisioner"),
    ...secret("node-stage", "rook-csi-rbd-node"),
    "csi.storage.k8s.io/fstype": "ext4",
    ...settings.parameters,
  };
}

function luksParameters({
  secret,
  parameters: more,
}: Extract<StorageClassSettings, { provider: "luks" }>): Record<string, string> {
  const uses = ["node-stage", "node-publish"];
  return {
    ...Object.fromEntries(
      uses.flatMap((use) => [
        [`csi.storage.k8s.io/${use}-secret-name`, secret.name],
        [`csi.storage.k8s.io/${use}-secret-namespace`, secret.namespace],
      ]),
    ),
    ...more,
  };
}

export default defineOperator({
  name: "storage",
  title: "Storage: the encrypted StorageClass that claims get by default.",
  duties: [
    "Key management: who can use the key can read the disks. Rotate and back up keys with the provider's means.",
    "No other StorageClass of the cluster has the default annotation.",
  ],
  enabledByDefault: true,
  settings: {
    class: storageClass.describe("How volumes are encrypted."),
    reclaimPolicy: z
      .enum(["Delete", "Retain"])
      .default("Delete")
      .describe("`Retain` keeps the disk of a deleted claim, for somebody to remove."),
  },
  needs: [],
  objects: ({ facts, settings }): Manifest[] => {
    const driver = driverOf(settings.class);
    if (driver === undefined) return [];
    return [
      {
        apiVersion: "storage.k8s.io/v1",
        kind: "StorageClass",
        metadata: {
          name: facts.storageClass,
          labels: managedLabels,
          annotations: { "storageclass.kubernetes.io/is-default-class": "true" },
        },
        ...driver,
        reclaimPolicy: settings.reclaimPolicy,
        allowVolumeExpansion: true,
        // In the zone where the pod lands.
        volumeBindingMode: "WaitForFirstConsumer",
      },
    ];
  },
});
