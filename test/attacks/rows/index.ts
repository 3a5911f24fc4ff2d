import type { Attack } from "../attack";
import { accountAttacks } from "./accounts";
import { backupAttacks } from "./backup";
import { beyondAttacks } from "./beyond";
import { certificateAttacks } from "./certificates";
import { contentAttacks } from "./contents";
import { deletionAttacks } from "./deletion";
import { hostAttacks } from "./hosts";
import { monitoringAttacks } from "./monitoring";
import { nodeAgentAttacks } from "./node-agents";
import { podAttacks } from "./pods";
import { quotaAttacks } from "./quotas";
import { storageAttacks } from "./storage";
import { operatorAttacks } from "./operators";

export interface Subject {
  readonly title: string;
  readonly attacks: readonly Attack[];
}

/** Every attack that is tried, by subject; one file each. */
export const subjects: readonly Subject[] = [
  { title: "What is being deleted", attacks: deletionAttacks },
  { title: "Hosts", attacks: hostAttacks },
  { title: "Certificates", attacks: certificateAttacks },
  { title: "Pods: where they run, and as whom", attacks: podAttacks },
  { title: "Accounts and Services", attacks: accountAttacks },
  { title: "Backups, and the platform's label", attacks: backupAttacks },
  { title: "Volumes and budgets", attacks: storageAttacks },
  { title: "Monitoring", attacks: monitoringAttacks },
  { title: "Quotas", attacks: quotaAttacks },
  { title: "From an operator", attacks: operatorAttacks },
  { title: "From an operator, beyond its work", attacks: beyondAttacks },
  { title: "From an agent of the nodes", attacks: nodeAgentAttacks },
  { title: "From what a bucket, a Secret or a store holds", attacks: contentAttacks },
];

export const attacks: readonly Attack[] = subjects.flatMap((subject) => subject.attacks);
