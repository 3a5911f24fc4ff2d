import { inert, ownFolder, type ChartFacts } from "../../charts/facts";

/** What the program counts on in this chart. */
export const chart: ChartFacts = {
  entry: "velero",
  hooks: [
    {
      files: [
        "templates/upgrade-crds/clusterrole-upgrade.yaml",
        "templates/upgrade-crds/clusterrolebinding-upgrade.yaml",
        "templates/upgrade-crds/serviceaccount-upgrade.yaml",
        "templates/upgrade-crds/upgrade-crds.yaml",
      ],
      answer: "replaced",
      by: "CRDs are resources of the program, upgraded before the chart (components/crds); upgradeCRDs is false.",
    },
    {
      files: ["templates/cleanup-crds.yaml"],
      answer: "not needed",
      by: "Would delete the CRDs, and with them every Backup, when the chart goes; cleanUpCRDs stays false.",
    },
    {
      files: ["templates/label-namespace/labelnamespace.yaml"],
      answer: "replaced",
      by: "The namespace and its Pod Security labels are made by the program.",
    },
  ],
  crds: ownFolder,
  inertKeys: {
    "rbac.clusterAdministrator": inert.implied,
  },
};
