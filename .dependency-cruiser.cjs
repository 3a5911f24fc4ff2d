// The rooms from the ground up. Each may import what stands below it, and nothing above.
const floors = [
  "^lib/",
  "^suite/",
  "^config/",
  "^policypack/(engine|rules)/",
  "^components/",
  "^(index[.]ts$|policypack/[^/]+[.]ts$|embedded/)",
  "^cli/",
];

module.exports = {
  forbidden: [
    {
      name: "no-circle",
      comment: "Files import each other in a circle.",
      severity: "error",
      from: {},
      to: { circular: true },
    },
    ...floors.slice(0, -1).map((floor, index) => ({
      name: `not-upward-from-${index + 1}`,
      comment: "A room imports what stands above it (CONTRIBUTING.md, Rooms).",
      severity: "error",
      from: { path: floor },
      to: { path: floors.slice(index + 1).join("|") },
    })),
    {
      name: "frame-knows-no-operator",
      comment: "What operators have in common names none of them.",
      severity: "error",
      from: { path: "^components/operators/frame/" },
      to: { path: "^components/operators/(?!frame/)" },
    },
    {
      name: "not-into-tests",
      comment: "The product imports nothing of its tests.",
      severity: "error",
      from: { pathNot: "^test/" },
      to: { path: "^test/" },
    },
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    doNotFollow: { path: "node_modules" },
  },
};
