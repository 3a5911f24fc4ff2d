import { inStackFile, ofDatabase, restoring, type RestorePlan, type RestoreStep } from "./restore";

/**
 * What takes an interrupted restore back: to the backup that it made first, and to the last second of the database's archive.
 * `done` is the place of the step that it came to. Pure.
 */
export function planUndo(plan: RestorePlan, done: number): RestorePlan {
  const begun = plan.steps.slice(0, done + 1);
  const { before, after } = databaseBack(plan, begun);
  return {
    ...plan,
    name: undoName(plan),
    says: `${plan.app} as it was before ${plan.name}`,
    steps: [
      ...settling(begun),
      ...restAgain(plan, begun),
      ...before,
      ...addedAway(plan, begun),
      ...objectsBack(plan, begun),
      ...after,
    ],
    undoes: true,
  };
}

const undoName = ({ name }: RestorePlan): string => `${name}-undo`;
const did = (begun: readonly RestoreStep[], ...words: readonly RestoreStep["does"][]): boolean =>
  begun.some(({ does }) => words.includes(does));

const restAgain = ({ steps }: RestorePlan, begun: readonly RestoreStep[]): RestoreStep[] =>
  did(begun, "rest", "remove-claims", "restore") ? steps.filter(({ does }) => does === "rest") : [];

/** Before the objects come back, and after. */
function databaseBack(
  { app, namespace, database }: RestorePlan,
  begun: readonly RestoreStep[],
): { readonly before: RestoreStep[]; readonly after: RestoreStep[] } {
  const steps = begun.flatMap((step) => (step.does === "database" ? [step.step] : []));
  if (database === undefined || steps.length === 0) return { before: [], after: [] };
  const rested = steps.some((step) => step.do === "rest");
  const gone = steps.some((step) => step.do === "remove" && step.unlessArchive !== undefined);
  return {
    before: [
      ...ofDatabase(namespace, rested ? database.rest : []),
      ...(gone ? [...ofDatabase(namespace, database.back), inStackFile(app, database.restoredBack)] : []),
    ],
    after: ofDatabase(namespace, [...(rested ? database.wake : []), ...database.clean]),
  };
}

function objectsBack(plan: RestorePlan, begun: readonly RestoreStep[]): RestoreStep[] {
  const { namespace, to, steps, asFiles } = plan;
  const saved = savedBy(plan);
  return saved === undefined || !did(begun, "rest")
    ? []
    : [
        ...steps.flatMap((step) =>
          step.does === "remove-claims" && did(begun, "remove-claims", "restore")
            ? [{ ...step, backup: saved, says: `remove the claims whose data is in ${saved}` }]
            : [],
        ),
        ...restoring(
          { namespace, to, name: undoName(plan), asFiles },
          { backup: saved, own: true, says: `restore ${saved}` },
        ),
      ];
}

const savedBy = ({ steps }: RestorePlan): string | undefined =>
  steps.flatMap((step) => (step.does === "backup" ? [step.name] : []))[0];

/** Before anything else Velero has to be done with the restore, or it would go on writing. */
const settling = (begun: readonly RestoreStep[]): RestoreStep[] =>
  begun.flatMap((step) =>
    step.does === "restore"
      ? [{ does: "settle", restore: step.name, says: `wait until Velero has ended restore ${step.name}` }]
      : [],
  );

function addedAway(plan: RestorePlan, begun: readonly RestoreStep[]): RestoreStep[] {
  const { namespace: from, to: namespace } = plan;
  const saved = savedBy(plan);
  return begun.flatMap((step): RestoreStep[] =>
    step.does === "restore"
      ? [
          {
            ...{ does: "remove-added", restore: step.name, from, namespace, ...(saved === undefined ? {} : { saved }) },
            says: `remove what restore ${step.name} made in ${namespace} that was not there before`,
          },
        ]
      : [],
  );
}
