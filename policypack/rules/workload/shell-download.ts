import { rule } from "../../engine/rule";

/** What the kubelet runs in a container beside its command. */
const executed = ["lifecycle.?postStart", "lifecycle.?preStop", "livenessProbe", "readinessProbe", "startupProbe"].map(
  (handler) => `container.?${handler}.?exec.?command.orValue([])`,
);

/** Containers do not run sudo, sshd or scripts straight from the network. */
export const shellDownload = rule({
  id: "workload/shell-download",
  severity: "high",
  title: "Containers do not run sudo, sshd or scripts straight from the network",
  why: "A script that is piped from the network into a shell is outside every image scan and signature; sudo and sshd are ways to rights and access that the platform cannot see.",
  standards: { bio: ["8.7", "8.18", "8.19"], kubescape: ["C-0062", "C-0042"] },
  levels: { baseline: "advisory", mijnbureau: "advisory", strict: "mandatory" },
  subject: "container",
  valid: `(container.?command.orValue([]) + container.?args.orValue([]) + ${executed.join(" +\n  ")}).all(a,
  !a.matches("(^|[ /;&|(])(sudo|sshd)([ ;&|)]|$)") &&
  !a.matches("(curl|wget)[^;&|]*[|] *(sudo +)?([^ ]*/)?(ba|da|a|z|k)?sh( |$)"))`,
  message: "starts sudo, sshd or a script from the network",
  remedy: "Build what is needed into the image.",
});
