type Env = Readonly<Record<string, string | undefined>>;

/** The proxy that a request goes through by `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY`, as curl and Go read them. */
export function proxyFor(target: URL, env: Env): URL | undefined {
  const variable = target.protocol === "https:" ? ["HTTPS_PROXY", "https_proxy"] : ["HTTP_PROXY", "http_proxy"];
  const proxy = variable.map((name) => env[name]).find(isSet);
  if (proxy === undefined || bypassed(target.hostname, env)) return undefined;
  return new URL(proxy.includes("://") ? proxy : `http://${proxy}`);
}

function isSet(value: string | undefined): value is string {
  return value !== undefined && value !== "";
}

function bypassed(host: string, env: Env): boolean {
  const list = [env["NO_PROXY"], env["no_proxy"]].find(isSet) ?? "";
  return list
    .split(",")
    .map((entry) => entry.trim().replace(/:\d+$/, ""))
    .filter((entry) => entry !== "")
    .some((entry) => entry === "*" || host === entry || host.endsWith(entry.startsWith(".") ? entry : `.${entry}`));
}

/** Value of a Proxy-Authorization or Authorization header for the credentials in a URL. */
export function basicAuthorization(url: URL): string | undefined {
  if (url.username === "") return undefined;
  const plain = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
  return `Basic ${Buffer.from(plain).toString("base64")}`;
}
