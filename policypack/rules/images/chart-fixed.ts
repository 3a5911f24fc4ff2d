import { rule } from "../../engine/rule";

/** CEL: whether an optional version is one version, and not a range, a branch or nothing. */
const fixed = (version: string): string =>
  `${version}.orValue("").matches("^v?[0-9]+[.][0-9]+[.][0-9]+([-+][0-9A-Za-z.+-]+)?$")`;

/** CEL: whether a source of Argo CD is not a chart, or one of a fixed version. */
const source = (name: string): string => `(${name}.?chart.orValue("") == "" || ${fixed(`${name}.?targetRevision`)})`;

/** Charts that Flux or Argo CD install are named by a fixed version or a digest. */
export const chartFixed = rule({
  id: "images/chart-fixed",
  severity: "high",
  title: "Charts are named by a fixed version or a digest",
  why: "A chart is code with the rights of who installs it: a range takes whatever is published next, unseen.",
  standards: { iso27002: ["8.19", "5.21", "8.32"] },
  levels: { baseline: "advisory", mijnbureau: "mandatory", strict: "mandatory" },
  subject: "object",
  kinds: [
    "argoproj.io/Application",
    "helm.toolkit.fluxcd.io/HelmRelease",
    "source.toolkit.fluxcd.io/HelmChart",
    "source.toolkit.fluxcd.io/OCIRepository",
  ],
  valid: `object.kind == "HelmRelease" ? !object.spec.?chart.hasValue() || ${fixed("object.spec.?chart.?spec.?version")} :
object.kind == "HelmChart" ? object.spec.sourceRef.kind != "HelmRepository" || ${fixed("object.spec.?version")} :
object.kind == "OCIRepository" ? object.spec.?ref.?digest.orValue("") != "" || ${fixed("object.spec.?ref.?tag")} :
(!object.spec.?source.hasValue() || ${source("object.spec.?source")}) && object.spec.?sources.orValue([]).all(s, ${source("s")})`,
  message: "takes whatever version of a chart is newest",
  field: "spec",
  remedy: "Write one version, such as 1.2.3, or the digest of the artifact.",
});
