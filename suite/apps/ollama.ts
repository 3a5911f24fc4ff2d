import type { App } from "../app";
import { partLabels, podsOf } from "../pods";
import { toInternet } from "../shared-flows";
import { size } from "../size";
import { infra } from "../sources";

const server = podsOf("ollama").pods("ollama", partLabels("ollama", "ollama"));

/** It has no authentication: no host leads to it, and only the apps that use it may call it. */
export const ollama = {
  title: "Ollama (language models)",
  suiteName: "ollama",
  holdsData: false,
  dataClassification: "internal",
  backupTier: "none",
  size: size({ requests: [9, 34], limits: [17, 50], storageGi: 60, pods: 6, claims: 3, largest: [8, 24] }),
  hosts: {},
  workloads: { ollama: server },
  datastores: {},
  database: undefined,
  volumes: { key: "ollama", parts: [] },
  ownClaim: { name: "ollama", remade: true },
  flows: {
    edge: [],
    hairpin: [],
    pods: [],
    cluster: [],
    outside: [
      toInternet(server, "ollamaModels", {
        ports: [443, 80],
        why: "`ollama pull` after start",
        source: infra("apps/ollama/charts/ollama/templates/deployment.yaml, postStart"),
      }),
    ],
  },
  internet: {
    // Manifests come from registry.ollama.ai, layers from the storage behind it (ollama/ollama#4307).
    ollamaModels: {
      hosts: ["registry.ollama.ai", "*.r2.cloudflarestorage.com"],
      what: "Language models, pulled when Ollama starts.",
    },
  },
  serves: { llm: { pods: server, service: "ollama", port: 11434 } },
  loadBalancers: [],
  secrets: {},
  images: { ollama: "docker.io" },
  registries: ["docker.io/ollama/"],
  edge: { responseSeconds: 600 },
  appArmor: { profile: "ollama", writable: ["/tmp/", "/root/.ollama/", "/models/"] },
  openshiftScc: undefined,
  offInDemo: false,
} as const satisfies App;
