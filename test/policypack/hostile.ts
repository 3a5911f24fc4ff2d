/** Texts on which an expression that tries every beginning and every end takes the square of their length, or longer. */
export function hostileTexts(size: number): Readonly<Record<string, string>> {
  const filled = (piece: string): string => piece.repeat(Math.ceil(size / piece.length)).slice(0, size);
  return {
    letters: filled("a"),
    spaces: `password=abc1def ${filled(" ")}x`,
    lines: filled("\n"),
    "beginnings of tokens": filled("eyJ"),
    "parts of tokens": filled("eyJaaaaaaaa.eyJaaaaaaaa."),
    downloads: filled("curl "),
    "downloads and pipes": filled("curl x | "),
    passwords: filled("password="),
    "passwords in words": filled("password"),
    addresses: filled("://a:b"),
    references: filled("$(A)-"),
    "open references": filled("${"),
    keys: filled("-----BEGIN A "),
    terms: filled("a != 'b' && "),
    "open brackets": filled("(<"),
    dashes: filled("-a"),
    dots: filled("1."),
    colons: filled(":"),
    slashes: filled("/."),
  };
}

/** The text at every place where people write one. */
export function objectsWith(text: string): readonly unknown[] {
  const metadata = {
    name: "a",
    namespace: "app",
    annotations: { "example.org/a": text, "nginx.ingress.kubernetes.io/auth-url": text },
  };
  const container = {
    name: "c",
    image: text,
    command: ["sh", "-c"],
    args: [text],
    env: [
      { name: "A", value: text },
      { name: text, value: "b" },
    ],
    livenessProbe: { exec: { command: [text] } },
  };
  return [
    {
      apiVersion: "v1",
      kind: "Pod",
      metadata,
      spec: { containers: [container], volumes: [{ name: "v", hostPath: { path: text } }] },
    },
    { apiVersion: "v1", kind: "ConfigMap", metadata, data: { a: text } },
    { apiVersion: "v1", kind: "Secret", metadata, stringData: { a: text } },
    {
      apiVersion: "v1",
      kind: "Service",
      metadata,
      spec: { type: "LoadBalancer", selector: { a: text }, ports: [{ port: 80 }] },
    },
    { apiVersion: "networking.k8s.io/v1", kind: "Ingress", metadata, spec: { rules: [{ host: text }] } },
    {
      apiVersion: "projectcalico.org/v3",
      kind: "GlobalNetworkPolicy",
      metadata: { name: "a" },
      spec: {
        selector: text,
        namespaceSelector: text,
        types: ["Ingress"],
        ingress: [{ action: "Allow", source: { selector: text, namespaceSelector: text } }],
      },
    },
    {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "ClusterRole",
      metadata: { name: text, labels: { "kubernetes.io/bootstrapping": "rbac-defaults" } },
      rules: [{ apiGroups: [text], resources: [text], verbs: [text], resourceNames: [text] }],
    },
    {
      apiVersion: "velero.io/v1",
      kind: "Schedule",
      metadata,
      spec: { schedule: text, template: { includedNamespaces: [text] } },
    },
  ];
}
