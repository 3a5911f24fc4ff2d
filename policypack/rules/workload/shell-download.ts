import { rule } from "../../engine/rule";

/** What the kubelet runs in a container beside its command. */
const handlers = ["lifecycle.?postStart", "lifecycle.?preStop", "livenessProbe", "readinessProbe", "startupProbe"].map(
  (handler) => `container.?${handler}.?exec.?command.orValue([])`,
);

const SHELL = "([^\\s;&|()\"']{0,128}/)?(ba|da|a|z|k)?sh";
/** What else runs a script that it is given; with options it is a filter (`python3 -m json.tool`). */
const INTERPRETER = "([^\\s;&|()\"']{0,128}/)?(python[0-9.]{0,5}|perl|ruby|node|php)([ \\t]{1,8}-)?[ \\t]{0,8}";
// RE2 of the API server refuses repetitions within each other of more than 1,000 times.
const SET = "([A-Za-z_]{1,64}=[^\\s]{0,64}[ \\t]{1,8}){0,4}";
const FETCH = "(curl|wget)[ \\t]";
const OPTIONS = "(-[A-Za-z-]{1,16}[ \\t]{1,8}){0,4}";
// A word stands at the place of a command at the start of a line and behind what ends or begins one.
const AT_COMMAND =
  "(^|[\\n;&|(`{]|[\\s;](then|do|else|exec|nohup|time|env|command)[ \\t])[ \\t]{0,64}(![ \\t]{1,8})?([A-Za-z_]{1,64}=[^\\s]{0,128}[ \\t]{1,8}){0,4}([^\\s;&|()\"']{0,128}/)?";

/** CEL: words of a command that start sudo or sshd: themselves, or a shell with a script that does. As data they are none. */
const startsSudo = (words: string): string => `(${words}[?0].orValue("").matches("^([^ ]*/)?(sudo|sshd)$") ||
    (${words}.exists(w, w.matches("^([^ ]*/)?(ba|da|a|z|k)?sh$")) &&
      ${words}.exists(w, w.matches("[ \\t\\n]") && w.matches(${JSON.stringify(`${AT_COMMAND}(sudo|sshd)([\\s;&|)]|$)`)}))))`;

/** Where a text has what it fetches run: by a shell's or eval's argument, as a script's file, or as all of it. */
const IN_PLACE = [
  `(^|[\\s;&|("'])(${SHELL}[ \\t]{1,8}${OPTIONS}|eval[ \\t]{1,8})["']?([$][(]|\`)[ \\t]{0,8}${FETCH}`,
  `(^|[\\s;&|("'])(${SHELL}|source|[.])[ \\t]{1,8}${OPTIONS}(<[ \\t]{1,8})?<[(][ \\t]{0,8}${FETCH}`,
  `^["']?([$][(]|\`)[ \\t]{0,8}${FETCH}`,
].join("|");

/** CEL: a text that hands what it fetches to a shell, through a pipe of one command line, or in its place. */
const runsDownload = (text: string): string => `(${text}.matches(${JSON.stringify(IN_PLACE)}) ||
    ${text}.replace("\\\\\\n", " ").replace("|\\n", "|").replace(";", "\\n").replace("&&", "\\n").replace("||", "\\n").split("\\n").exists(line,
      line.matches(${JSON.stringify(`(^|[^A-Za-z0-9_-])${FETCH}`)}) && !line.matches("^[ \\\\t]{0,64}#") &&
      line.matches(${JSON.stringify(`[|][ \\t]{0,8}((sudo|env)[ \\t]{1,8}${OPTIONS}${SET}){0,2}(${SHELL}([\\s)"'|\`]|$)|${INTERPRETER}([)"'|&#\`]|$))`)})))`;

/** Containers do not run sudo, sshd or scripts straight from the network. */
export const shellDownload = rule({
  id: "workload/shell-download",
  severity: "high",
  title: "Containers do not run sudo, sshd or scripts straight from the network",
  why: "A script that is piped from the network into a shell is outside every image scan and signature; sudo and sshd are ways to rights and access that the platform cannot see.",
  standards: { iso27002: ["8.7", "8.18", "8.19"], kubescape: ["C-0062"] },
  levels: { baseline: "advisory", mijnbureau: "advisory", strict: "mandatory" },
  subject: "container",
  valid: `[container.?command.orValue([]) + container.?args.orValue([]), ${handlers.join(",\n  ")}].all(words,
    !${startsSudo("words")} && words.all(word, !${runsDownload("word")}))`,
  message: "starts sudo, sshd or a script from the network",
  remedy: "Build what is needed into the image.",
});
