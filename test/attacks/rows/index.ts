import type { Attack } from "../attack";
import { deletionAttacks } from "./deletion";
import { operatorAttacks } from "./operators";

export interface Subject {
  readonly title: string;
  readonly attacks: readonly Attack[];
}

/** Every attack that is tried, by subject; one file each. */
export const subjects: readonly Subject[] = [
  { title: "What is being deleted", attacks: deletionAttacks },
  { title: "From an operator", attacks: operatorAttacks },
];

export const attacks: readonly Attack[] = subjects.flatMap((subject) => subject.attacks);
