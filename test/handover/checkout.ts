import { execFile } from "node:child_process";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import type { HelmfileValues } from "../../components/handover/values";
import { projectRoot } from "../../embedded/toolchain";

/** Beside the project; nothing of it is part of the project. */
export const CHECKOUT = join(projectRoot(), "..", "mijn-bureau-infra");

/** The one app whose chart is not in the suite's repository (docs/handover.md). */
export const FETCHED_APP = "openproject";

const run = promisify(execFile);
const ENVIRONMENT = "production";

/** A copy of the suite's repository in which its own helmfile renders what a stack hands over. */
export class Checkout {
  private constructor(
    private readonly dir: string,
    private readonly tools: { readonly helm: string; readonly helmfile: string },
  ) {}

  /** @throws where a chart's parts, which all lie in the repository, cannot be put together */
  static async copy(tools: { readonly helm: string; readonly helmfile: string }): Promise<Checkout> {
    const dir = mkdtempSync(join(tmpdir(), "handover-"));
    cpSync(CHECKOUT, dir, { recursive: true, filter: (path) => !path.endsWith("/.git") });
    mend(dir);
    const checkout = new Checkout(dir, tools);
    // Those that others are made of first. Updated and not built: some lock files of the suite lag behind their charts.
    const common = join(dir, "helmfile", "apps", "common");
    for (const chart of chartsBelow(common)) await checkout.helm("dependency", "update", "--skip-refresh", chart);
    for (const chart of chartsBelow(join(dir, "helmfile", "apps"))) {
      if (!chart.startsWith(common)) await checkout.helm("dependency", "update", "--skip-refresh", chart);
    }
    return checkout;
  }

  /** Renders what is on in these values, but for the app that has to be fetched; gives the folder of the manifests. */
  async render(values: HelmfileValues): Promise<string> {
    const out = join(this.dir, "rendered");
    rmSync(out, { recursive: true, force: true });
    writeFileSync(
      join(this.dir, "helmfile", "environments", ENVIRONMENT, "platform.yaml.gotmpl"),
      JSON.stringify(values, null, 2),
    );
    const args = ["--environment", ENVIRONMENT, "--helm-binary", this.tools.helm, "template", "--skip-deps"];
    await run(this.tools.helmfile, [...args, "--selector", `name!=${FETCHED_APP}`, "--output-dir", out], {
      cwd: this.dir,
      env: {
        ...this.env(),
        MIJNBUREAU_MASTER_PASSWORD: "rendered-for-a-test",
        SMTP_PASSWORD: "rendered-for-a-test",
      },
      maxBuffer: 2 ** 28,
    });
    return out;
  }

  remove(): void {
    rmSync(this.dir, { recursive: true, force: true });
  }

  private env(): Record<string, string | undefined> {
    // Neither the user's repositories nor their plugins.
    return { PATH: process.env["PATH"], HOME: this.dir, HELM_CACHE_HOME: join(this.dir, ".helm") };
  }

  private async helm(...args: readonly string[]): Promise<void> {
    await run(this.tools.helm, [...args], { env: this.env() });
  }
}

/**
 * As docs/handover.md tells everybody whose Ingresses have an issuer: this line of the suite (b2ae545) has a space too
 * many, and with annotations before it the values are no YAML.
 */
function mend(dir: string): void {
  const file = join(dir, "helmfile", "apps", "drive", "values-static-nginx.yaml.gotmpl");
  writeFileSync(file, readFileSync(file, "utf8").replace(/^ {5}traefik/m, "    traefik"));
}

/** Folders of charts that are made of others. */
function chartsBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith("/Chart.yaml"))
    .map((file) => join(folder, file))
    .filter((file) => readFileSync(file, "utf8").includes("\ndependencies:"))
    .map((file) => dirname(file))
    .sort();
}
