import { DRILL_NAMESPACE } from "../operators/velero/drill-names";
import { inStackFile, ofDatabase, people, restoring, type RestorePlan, type RestoreStep } from "./restore";

/**
 * What takes an interrupted restore back: to the backup that it made first, and to the last second of the database's archive.
 * `done` is the place of the step that it came to. Pure.
 */
export function planUndo(plan: RestorePlan, done: number): RestorePlan {
  const begun = plan.steps.slice(0, done + 1);
  const did = (does: RestoreStep["does"]): boolean => begun.some((step) => step.does === does);
  const { app, namespace, to } = plan;
  const before = plan.steps.find((step) => step.does === "backup");
  const name = `${plan.name}-undo`;
  const database = begun.flatMap((step) => (step.does === "database" ? [step.step] : []));
  const [rested, restored] = [did("rest"), did("remove-claims") || did("restore")];
  const clientsRest = database.some((step) => step.do === "rest");
  const gone = database.some((step) => step.do === "remove" && step.unlessArchive !== undefined);
  const steps = [
    ...(rested || restored ? plan.steps.filter(({ does }) => does === "rest") : []),
    ...ofDatabase(namespace, clientsRest ? plan.database?.rest : []),
    ...(gone && plan.database !== undefined
      ? [...ofDatabase(namespace, plan.database.back), inStackFile(app, plan.database.restoredBack)]
      : []),
    ...(before?.does === "backup" && (rested || restored)
      ? [
          ...plan.steps.filter(({ does }) => does === "remove-claims" && restored),
          ...restoring({ namespace, to, name }, { backup: before.name, own: true, says: `restore ${before.name}` }),
        ]
      : []),
    ...ofDatabase(namespace, clientsRest ? plan.database?.wake : []),
    ...ofDatabase(namespace, database.length > 0 ? plan.database?.clean : []),
    ...(restored && before === undefined
      ? [
          people(
            to === DRILL_NAMESPACE
              ? `what was restored into ${to} goes with the drill's next clean-up`
              : `what was restored stays: in ${to} there was nothing before`,
          ),
        ]
      : []),
  ];
  return { ...plan, name, says: `${app} as it was before ${plan.name}`, steps, undoes: true };
}
