import { rule } from "../../engine/rule";
import { everyContainer, handlers } from "./_commands";

const SHELL = "([^\\s;&|()\"']{0,128}/)?(ba|da|a|z|k)?sh";
/** What else runs a script that it is given; with options it is a filter (`python3 -m json.tool`). */
const INTERPRETER = "([^\\s;&|()\"']{0,128}/)?(python[0-9.]{0,5}|perl|ruby|node|php)([ \\t]{1,8}-)?[ \\t]{0,8}";
// RE2 of the API server refuses repetitions within each other of more than 1,000 times.
const SET = "([A-Za-z_]{1,64}=[^\\s]{0,64}[ \\t]{1,8}){0,4}";
const FETCH = "(curl|wget)[ \\t]";
const OPTIONS = "(-[A-Za-z-]{1,16}[ \\t]{1,8}){0,4}";
// A word stands at the place of a command at the start of a line and behind what ends or begins one.
const AT_COMMAND =
  "(^|[\\n;&|(`{]|(^|[\\s;])(then|do|else|exec|nohup|time|env|command)[ \\t])[ \\t]{0,64}(![ \\t]{1,8})?([A-Za-z_]{1,64}=[^\\s]{0,128}[ \\t]{1,8}){0,4}([^\\s;&|()\"']{0,128}/)?";

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

/** A file that a fetch writes, behind the option or arrow, or the address by whose last part it is called. */
const FETCHED_FILE =
  "( -[A-Za-z]{0,8}[oO] {1,2}| --output(-document)?[ =]|> {0,2}| (https?|ftp)://)[^\\s;&|<>()$`\"']{1,256}";
/** What runs the file that stands behind it, or makes it a program; nothing where it stands alone. */
const RUNNER =
  "^[ \\t]{0,64}((sudo|exec|time|env|nohup) )?(([^\\s;&|()\"']{0,128}/)?((ba|da|a|z|k)?sh|source|[.]|python[0-9.]{0,5}|perl|ruby|node|php)( -[a-z]{1,8}){0,3} {1,8}|chmod [^ ]{0,16}([+][rwx]{0,2}x|[1357]) )?";

/**
 * CEL: a script that runs a file which it fetched before. What it compares with a checksum or a signature was looked
 * at. Each file is compared with each line, so longer scripts are left alone.
 */
const runsFetched = (
  text: string,
): string => `(${text}.size() < 8000 && !${text}.matches("(sha(256|512)?sum|gpg|cosign|minisign) ") &&
    [${text}.replace("\\\\\\n", " ").replace(";", "\\n").replace("&&", "\\n").replace("||", "\\n").split("\\n")].exists(lines,
      lines.filter(l, l.matches(${JSON.stringify(`(^|[^A-Za-z0-9_-])${FETCH}`)})).exists(fetch, fetch.findAll(${JSON.stringify(FETCHED_FILE)})
        .map(f, f.contains("://") ? f.split("/") : f.replace("=", " ").replace(">", " ").split(" ")).map(parts, parts[parts.size() - 1] + " ")
        .exists(file, file != " " && lines.exists(l, [l.find(${JSON.stringify(RUNNER)})].exists(runner,
          (l + " ").startsWith(runner + file) || (l + " ").startsWith(runner + "./" + file)))))))`;

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
    !${startsSudo("words")} && words.filter(word, word.matches(${JSON.stringify(FETCH)}))
      .all(word, !${runsDownload("word")} && !${runsFetched("word")}))`,
  withinCost: `${everyContainer}.map(container, [container.?command.orValue([]) + container.?args.orValue([]), ${handlers.join(",\n    ")}]
    .map(words, words.map(word, 100 + word.size() * 60).sum()).sum()).sum() < 900000`,
  message: "starts sudo, sshd or a script from the network",
  remedy: "Build what is needed into the image.",
});
