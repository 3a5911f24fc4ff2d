import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { timed } from "./measure";

/** `count` objects that differ, in files of a thousand: apps of four objects that find each other by name and label. */
function generate(directory: string, count: number): void {
  for (let from = 0; from < count; from += 1_000) {
    const apps = Array.from({ length: Math.min(1_000, count - from) / 4 }, (_, index) => app(from / 4 + index));
    writeFileSync(join(directory, `${from}.yaml`), apps.join("---\n"));
  }
}

const app = (index: number): string => `apiVersion: apps/v1
kind: Deployment
metadata: {name: app-${index}, namespace: ns-${index % 50}, labels: {app: app-${index}}}
spec:
  replicas: 2
  selector: {matchLabels: {app: app-${index}}}
  template:
    metadata: {labels: {app: app-${index}}}
    spec:
      securityContext: {runAsNonRoot: true, seccompProfile: {type: RuntimeDefault}}
      containers:
        - name: main
          image: registry.example.org/app-${index % 200}:1.${index % 10}
          ports: [{containerPort: 8080}]
          env: [{name: INDEX, value: "${index}"}]
          envFrom: [{secretRef: {name: app-${index}}}]
          resources: {requests: {cpu: 10m, memory: 32Mi}, limits: {memory: 64Mi}}
          securityContext: {allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}}
---
apiVersion: v1
kind: Service
metadata: {name: app-${index}, namespace: ns-${index % 50}}
spec: {selector: {app: app-${index}}, ports: [{port: 80, targetPort: 8080}]}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: app-${index}, namespace: ns-${index % 50}}
spec: {podSelector: {matchLabels: {app: app-${index}}}, policyTypes: [Ingress, Egress]}
---
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: app-${index}, namespace: ns-${index % 50}}
spec: {secretStoreRef: {name: vault, kind: ClusterSecretStore}, data: [{secretKey: a, remoteRef: {key: k}}]}
`;

/** Preloaded into the scanner: tells the most memory it had. */
const PEAK = 'process.on("exit", () => process.stderr.write("peak " + process.resourceUsage().maxRSS));';

/** Time and memory of scans of up to 100,000 objects, the largest in every format that programs read. */
export function scale(scanner: string): void {
  const head = ["objects", "format", "wall s", "ms/object", "peak MB"];
  console.log(`\n${head.map((text) => text.padStart(11)).join("")}`);
  for (const count of [1_000, 10_000, 100_000]) {
    const directory = mkdtempSync(join(tmpdir(), "bench-"));
    try {
      generate(directory, count);
      const preload = join(directory, "peak.cjs");
      writeFileSync(preload, PEAK);
      for (const format of count < 100_000 ? ["table"] : ["table", "json", "junit", "sarif"]) {
        const command = [process.execPath, "-r", preload, scanner, "scan", "--format", format, directory];
        let report = "";
        const seconds = timed(() => {
          report = spawnSync("bash", ["-c", '"$@" | cat > /dev/null', "bash", ...command], { encoding: "utf8" }).stderr;
        });
        const peak = Number(/peak (\d+)/.exec(report)?.[1] ?? Number.NaN) / 1024;
        const cells = [count, format, seconds.toFixed(2), ((seconds / count) * 1000).toFixed(3), peak.toFixed(0)];
        console.log(cells.map((cell) => String(cell).padStart(11)).join(""));
      }
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  }
}
