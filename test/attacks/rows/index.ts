import type { Attack } from "../attack";
import { deletionAttacks } from "./deletion";

export interface Subject {
  readonly title: string;
  readonly attacks: readonly Attack[];
}

/** Every attack that is tried, by subject; one file each. */
export const subjects: readonly Subject[] = [{ title: "What is being deleted", attacks: deletionAttacks }];

export const attacks: readonly Attack[] = subjects.flatMap((subject) => subject.attacks);
