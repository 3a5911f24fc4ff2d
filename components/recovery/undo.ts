import { DRILL_NAMESPACE } from "../operators/velero/drill-names";
import { inStackFile, ofDatabase, people, restoring, type RestorePlan, type RestoreStep } from "./restore";

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
    steps: [...restAgain(plan, begun), ...before, ...objectsBack(plan, begun), ...after],
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
  const restored = did(begun, "remove-claims", "restore");
  if (!restored && !did(begun, "rest")) return [];
  const saved = steps.find((step) => step.does === "backup");
  if (saved?.does !== "backup") {
    return [
      people(
        to === DRILL_NAMESPACE
          ? `what was restored into ${to} goes with the drill's next clean-up`
          : `what was restored stays: in ${to} there was nothing before`,
      ),
    ];
  }
  return [
    ...steps.filter(({ does }) => does === "remove-claims" && restored),
    ...restoring(
      { namespace, to, name: undoName(plan), asFiles },
      { backup: saved.name, own: true, says: `restore ${saved.name}` },
    ),
  ];
}
