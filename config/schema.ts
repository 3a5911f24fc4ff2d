import { z } from "zod";
import { admissionSettings } from "./admission";
import { calendarSetting, isCertificateBundle } from "./calendar";
import { imageSettings } from "./images";
import { networkSettings } from "./network";
import { policySettings } from "./policies";
import { backupTiers, dataClassifications } from "../suite/app";
import { appKeys, apps, type AppKey } from "../suite/apps";
import {
  deviceName,
  dnsLabel,
  hostname,
  httpsUrl,
  isoDay,
  labelValue,
  quantity,
  reason,
  relativeOrAbsolutePath,
} from "./fields";
import { publicHostNames } from "../suite/hostnames";
import { recordOf } from "../lib/record";
import { crossChecks } from "./cross-checks";
import { regions } from "./regions";

const regionNames = Object.keys(regions);

export const environments = ["dev", "acc", "prod"] as const;

const cluster = z.strictObject({
  kubeconfig: relativeOrAbsolutePath
    .optional()
    .describe(
      "Path of the kubeconfig, relative to the project. Absent: KUBECONFIG or ~/.kube/config, as kubectl does.",
    ),
  context: z.string().min(1).optional().describe("Context in the kubeconfig. Absent: its current context."),
  distribution: z
    .enum(["kubernetes", "openshift", "rke2", "eks", "aks", "gke"])
    .default("kubernetes")
    .describe("Decides the CIS benchmark, the audit log's source and OpenShift's extra permissions."),
  managedControlPlane: z
    .boolean()
    .default(false)
    .describe("True where the provider runs the control plane: no monitors of etcd, scheduler and controller manager."),
  dedicated: z
    .boolean()
    .default(false)
    .describe(
      "True where the cluster carries the platform and the suite alone: preflight names the pods of others. So it does with `network.clusterDefaultDeny: cluster`, which would cut them off.",
    ),
  minimumVersion: z
    .string()
    .regex(/^1\.\d+$/, "is not a Kubernetes minor version; example: 1.33")
    .default("1.33")
    .describe("Oldest Kubernetes minor version that the platform is installed on."),
  domain: hostname.default("cluster.local").describe("DNS domain of the cluster."),
  appArmor: z
    .boolean()
    .default(false)
    .describe(
      "True where every node has AppArmor: every pod of the platform and, at admission, of the suite names a profile, and one without is a finding.",
    ),
  runtimeClasses: z
    .record(dnsLabel, dnsLabel)
    .default({})
    .describe("RuntimeClasses that the cluster has of its own, with their handlers, e.g. of a provider's node pool."),
  simulatedNodes: z
    .boolean()
    .default(false)
    .describe("True on the embedded cluster only: pods are simulated, so webhooks of pods are left out, visibly."),
});

const podSecurity = z.strictObject({
  version: z
    .string()
    .regex(/^v1\.\d+$/, "is not a pinned version such as v1.33; `latest` would change under you")
    .optional()
    .describe(
      "Pod Security Standards version that every namespace pins; at most the API server's minor. Absent: the newest that the API server knows and the suite passes.",
    ),
});

const namespaceSize = z.strictObject({
  requests: z.strictObject({ cpu: quantity, memory: quantity }).optional(),
  limits: z.strictObject({ cpu: quantity, memory: quantity }).optional(),
  storage: quantity.optional(),
  pods: z.int().positive().optional(),
  persistentVolumeClaims: z.int().nonnegative().optional(),
  largestContainer: z
    .strictObject({ cpu: quantity, memory: quantity })
    .optional()
    .describe(
      "Most that one container may have; raise it for the suite's presets xlarge (3, 6Gi) and 2xlarge (6, 12Gi).",
    ),
  devices: z
    .record(deviceName, quantity)
    .default({})
    .describe("Devices and huge pages that the app's pods may ask for, in total, e.g. `nvidia.com/gpu: 1`."),
});

const app = (key: AppKey) =>
  z
    .strictObject({
      enabled: z.boolean().default(true).describe("False: no namespace, no flow, nothing of this app."),
      namespace: dnsLabel.default(`mijnbureau-${key}`),
      owner: labelValue
        .min(1, "is empty; example: platform-team")
        .optional()
        .describe("Team that answers for the app. Absent: `owner` of the stack."),
      dataClassification: z.enum(dataClassifications).default(apps[key].dataClassification),
      backupTier: z.enum(backupTiers).default(apps[key].backupTier),
      runtimeClass: dnsLabel.optional().describe("RuntimeClass of the app's pods; a sandbox that the stack installs."),
      storageClass: dnsLabel
        .optional()
        .describe("Class of all the app's volumes, its datastores' included. Absent: `storage.default` of the stack."),
      size: namespaceSize.prefault({}).describe("Overrides of the quota; absent fields keep the measured defaults."),
    })
    .prefault({});

const identity = z.strictObject({
  provider: z.enum(["keycloak", "external"]).default("keycloak").describe("`keycloak`: the suite's own."),
  realm: z.string().min(1).default("mijnbureau"),
  issuer: httpsUrl.optional().describe("Issuer URL of an external provider; required when `provider` is `external`."),
  endpoints: z
    .strictObject({
      authorization_endpoint: httpsUrl.optional(),
      token_endpoint: httpsUrl.optional(),
      introspection_endpoint: httpsUrl.optional(),
      userinfo_endpoint: httpsUrl.optional(),
      end_session_endpoint: httpsUrl.optional(),
      jwks_uri: httpsUrl.optional(),
    })
    .prefault({})
    .describe(
      "Endpoints of an external provider that is not Keycloak; find them at `<issuer>/.well-known/openid-configuration`.",
    ),
});

const access = z.strictObject({
  deployers: z.array(z.string().min(1)).default([]).describe("Groups that may act as the suite's deployer."),
  viewers: z.array(z.string().min(1)).default([]).describe("Groups with the read-only role in the suite's namespaces."),
});

const storage = z.strictObject({
  default: dnsLabel
    .default("platform-encrypted")
    .describe("Default StorageClass: encrypted, made by the storage operator."),
  shared: dnsLabel.optional().describe("StorageClass with ReadWriteMany, for Nextcloud with more than one replica."),
  allowed: z
    .array(dnsLabel)
    .default([])
    .describe("Further StorageClasses that claims may name; each must be encrypted."),
});

const NOT_PEM = "is no certificate in PEM form; paste the text from BEGIN CERTIFICATE to END CERTIFICATE";

const trust = z
  .strictObject({
    bundle: z
      .string()
      .refine(isCertificateBundle, NOT_PEM)
      .describe("Certificates of your own authorities in PEM form, one after another; they are no secret."),
  })
  .describe(
    "Authorities that every operator trusts besides the public ones: of your registry, object store, secret store, log system.",
  );

const charts = z.strictObject({
  allowUnverified: z.boolean().default(false).describe("Accept charts whose upstream digest could not be had."),
  allowUnverifiedReason: reason.optional(),
});

const edge = z.strictObject({
  routing: z.enum(["ingress", "gateway"]).default("ingress").describe("How the suite publishes its hosts."),
  controller: z
    .enum(["traefik", "haproxy-openshift"])
    .default("traefik")
    .describe("Ingress controllers that the suite supports."),
  className: dnsLabel.default("traefik").describe("IngressClass, or GatewayClass with routing: gateway."),
  gateway: z
    .strictObject({ name: dnsLabel.default("mijnbureau-gateway"), namespace: dnsLabel.default("traefik") })
    .prefault({}),
  clusterIssuer: dnsLabel.optional().describe("cert-manager ClusterIssuer of the public certificates."),
  entryPoints: z
    .array(dnsLabel)
    .min(1)
    .default(["websecure"])
    .describe("Entry points of Traefik that serve TLS or redirect to it; an Ingress may name no other."),
});

const mail = z.strictObject({
  from: z.email("is not an e-mail address; example: noreply@example.nl"),
  fromName: z.string().min(1).default("MijnBureau"),
  username: z.string().default("").describe("The password is the suite's SMTP_PASSWORD; it is not kept here."),
});

const monitoring = z.strictObject({
  namespace: dnsLabel.default("monitoring"),
  paths: z
    .array(z.string().regex(/^(\/[A-Za-z0-9._~-]+)+$/, "is not a path; example: /metrics"))
    .min(1)
    .default(["/metrics", "/auth/metrics", "/_synapse/metrics", "/cool/getMetrics", "/minio/v2/metrics/cluster"])
    .describe("Paths that monitors of apps may have Prometheus call."),
  runbookUrl: z
    .url({ protocol: /^https?$/, error: "is not a URL; example: https://git.example.nl/platform/docs/runbooks" })
    .optional()
    .describe("Where docs/runbooks can be read; alerts link there. Absent: the path in this repository."),
});

const NOT_BACKEND = "is not a Pulumi backend URL; example: s3://mijnbureau-state?region=eu-central-1";

const state = z.strictObject({
  backend: z
    .string(NOT_BACKEND)
    .regex(/^(file|s3|azblob|gs|https?):\/\//, NOT_BACKEND)
    .describe("Where the state lives; checked against the backend that the command runs with."),
});

/** Every key of a stack, with its default. Namespaced `mijnbureau-platform:` in `Pulumi.<stack>.yaml`. */
export const configSchema = z
  .strictObject({
    environment: z.enum(environments).describe("Kind of environment."),
    region: z.enum(regionNames).describe("A region of config/region-facts.json."),
    owner: labelValue
      .min(1, "is empty; example: platform-team")
      .describe("Team that answers for the platform; label on every namespace."),
    organisation: dnsLabel
      .optional()
      .describe(
        "Who uses the platform, e.g. gemeente-voorbeeld: tenants of one host keep their backups apart by it. Absent: `domain`.",
      ),
    state,
    domain: hostname.describe("Public DNS domain of the suite; hosts are `<app>.<domain>`."),
    hostnames: z
      .record(z.string(), dnsLabel)
      .superRefine((given, ctx) => {
        for (const key of Object.keys(given).filter((name) => !publicHostNames.some((known) => known === name))) {
          const message = `is for no host of the suite; write one of ${publicHostNames.join(", ")}`;
          ctx.addIssue({ code: "custom", path: [key], message });
        }
      })
      .default({})
      .describe("Overrides of the suite's host labels, e.g. `nextcloud: files`."),
    cluster: cluster.prefault({}),
    podSecurity: podSecurity.prefault({}),
    network: networkSettings,
    apps: z.strictObject(recordOf(appKeys, app)).prefault({}),
    edge: edge.prefault({}),
    mail: mail.optional().describe("Sender of the suite's mail; needs network.smtp."),
    identity: identity.prefault({}),
    access: access.prefault({}),
    storage: storage.prefault({}),
    images: imageSettings.prefault({}),
    charts: charts.prefault({}),
    trust: trust.optional(),
    monitoring: monitoring.prefault({}),
    operators: z.record(z.string(), z.unknown()).default({}).describe("Settings per operator; see docs/operators/."),
    policies: policySettings.prefault({}),
    admission: admissionSettings.prefault({}),
    adopt: z
      .string()
      .min(1)
      .optional()
      .describe(
        "Takes over what an earlier installation left on the cluster, in one run. `pulumi preview` lists it and names the value.",
      ),
    operatorExemptions: z
      .strictObject({
        owner: z.string().min(1).optional().describe("Who answers for them. Absent: `owner` of the stack."),
        expires: isoDay
          .optional()
          .describe("The last day they hold (UTC). Absent: as long as this release answers for them, about a year."),
      })
      .prefault({})
      .describe(
        "Findings that the platform's own objects cannot avoid, such as Falco's capabilities; the operators' reasons are in docs/operators/. Each release renews them.",
      ),
    calendar: z
      .array(calendarSetting)
      .default([])
      .describe(
        "What else ends on a day, outside the program's sight: it is warned of 60 and 30 days ahead, at preview, by an alert and by `npm run calendar`.",
      ),
  })
  .check((ctx) => {
    for (const issue of crossChecks(ctx.value)) ctx.issues.push({ code: "custom", input: ctx.value, ...issue });
  });

export type PlatformConfig = z.infer<typeof configSchema>;
