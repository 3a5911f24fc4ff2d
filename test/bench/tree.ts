import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { measure, print } from "./measure";

const FILES = 5_000;

const names = Array.from({ length: FILES }, (_, index) => `app-${String(index)}`);

const deployment = (name: string): string => `apiVersion: apps/v1
kind: Deployment
metadata:
  name: ${name}
  namespace: shop
spec:
  replicas: 2
  selector:
    matchLabels: { app: ${name} }
  template:
    metadata:
      labels: { app: ${name} }
    spec:
      containers:
        - name: main
          image: registry.example.org/${name}:1.2.3
          env:
            - name: MODE
              value: production
          ports:
            - containerPort: 8080
          resources:
            requests: { cpu: 10m, memory: 32Mi }
            limits: { memory: 64Mi }
---
apiVersion: v1
kind: Service
metadata:
  name: ${name}
  namespace: shop
spec:
  selector: { app: ${name} }
  ports:
    - port: 80
      targetPort: 8080
`;

/** A repository of many small files: the scanner finds them in their folder, kube-score is given their names. */
export function tree(scanner: string, score: string | undefined): void {
  const folder = mkdtempSync(join(tmpdir(), "bench-tree-"));
  try {
    const files = names.map((name, index) => {
      const part = join(folder, `team-${String(index % 50)}`);
      mkdirSync(part, { recursive: true });
      const file = join(part, `${name}.yaml`);
      writeFileSync(file, deployment(name));
      return file;
    });
    const results = measure(
      [
        { name: "mijnbureau-policy", command: [process.execPath, scanner, "scan", "--format", "json", folder] },
        ...(score === undefined ? [] : [{ name: "kube-score", command: [score, "score", ...files] }]),
      ],
      3,
    );
    print(`a tree of ${String(FILES)} files, process start to report (wanted: kube-score at 1 or more)`, results);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
