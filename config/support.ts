/**
 * The day after which a minor version of Kubernetes gets no more fixes: "End Of Life Date" of kubernetes.io/releases/<minor>/,
 * as those pages stood when 1.37.1 came out (September 2026). A provider may offer longer support of its own.
 */
export const kubernetesSupport: Readonly<Record<string, string>> = {
  "1.33": "2026-06-28",
  "1.34": "2026-10-27",
  "1.35": "2027-02-28",
  "1.36": "2027-06-28",
  "1.37": "2027-10-28",
};
