import { z } from "zod";

/**
 * One recogniser for secrets in plain sight, by name and by content, for variables, ConfigMaps, command lines and
 * annotations alike. Every expression takes time in proportion to the text: where a repetition may begin at many
 * places it is bounded, or stands behind a character that it does not take itself.
 */

/** Words that are secrets wherever a name ends in them, whatever stands before (`PGPASSWORD`, `dbPassword`). */
const ANYWHERE =
  "(password|passwd|passphrase|wachtwoord|requirepass|secret[._-]{0,2}key([._-]{0,2}base)?|(api|access|private)[._-]?key|client[._-]?secret|(api|auth|access|refresh|bearer)[._-]?token)";
/** Words that are secrets where they stand alone or behind a separator. */
const ALONE =
  "(token|credentials?|(root)?(pass|pwd?)|rediscli[._-]auth|erlang[._-]?cookie|(encryption|signing|master|account|storage|session|cookie|jwt|hmac|batch)[._-]?key)";
/** What may follow the word: a number, which of several it is, or how it is written. */
const BEHIND =
  "([._-]?v?[0-9]{1,3}|[._-](old|new|previous|current|primary|secondary|prod|production|acc|acceptance|staging|test|dev|live|ro|rw|base64|b64|plain))?";
/** Words by which a name says that its value is about a secret, or the name of one. */
const ABOUT =
  "(file|path|dir|mount|name|id|url|uri|host|endpoint|type|kind|class|mode|format|version|ttl|expiry|expires?|expiration|age|length|size|count|limit|min|max|policy|enabled|ref|store|namespace|alg|algorithm|audience|issuer|reset|rotation|interval|timeout|header|field|prefix|provider|backend|engine|scope|source)";

/** Names of Secrets, and not what stands in them. */
const NAMING = "(existing|pull|tls|ssl|cert|certificate|ca)[._-]?(secret|credentials?)";

/** Values that are no secrets, whole and in lower case: paths, switches, small numbers, what is to be filled in. */
const HARMLESS =
  "true|false|yes|no|on|off|none|null|nil|undefined|unset|n/a|include|omit|same-origin|-{1,4}|enabled|disabled|required|optional|[0-9]{1,4}|<[^<>/][^<>]{0,127}>|%[^%]{1,64}%|__[^ ]{1,64}__|@[^@ ]{1,64}@|\\[[^\\]]{1,64}\\]|x{3,64}|[*]{1,64}|[.]{1,64}|(your|replace|insert|redacted|placeholder|todo|tbd|change[ ._-]?me)([ ._-][a-z0-9 ._-]{0,64})?";
/** How values begin that lie in a file or in a store, or that are encrypted. */
const ELSEWHERE =
  "[.~]{0,2}/([^/]|$)|(file|env|vault|ssm|sm|secret(key)?ref|gcp:secretmanager):|secret:[a-z0-9-]{1,64}/|enc\\[|[{]cipher[}]|[$]ansible_vault;|ref[+][a-z]{1,16}:|op://|arn:aws:(secretsmanager|ssm):|@microsoft[.]keyvault[(]|[$]__(file|env|vault)[{]|[%#]?[{][{%]|#[{]|%[(]";

// The characters of a value in a file, and those that may begin one.
const VALUE = "[^\\s\"'$<>(){}\\[\\]&]";
const BEGINNING = "[^\\s\"'$<>(){}\\[\\]&%=:/|!*.]";
const GIVEN = "([\"']?\\]?[ \\t]{0,8}(:|=>?)[ \\t]{0,8}[\"']?|>|[\"'] {1,8}value=[\"'])";
const ENDED = "([\"'\\s&<]|$)";

const names = {
  /** In lower case. */
  names: z
    .string()
    .default(`${ANYWHERE}${BEHIND}$|(^|[^a-z0-9])(secret|${ALONE})${BEHIND}$|(^|[._-])secret[._-]for[._-]`),
  /** As they are written. */
  camelNames: z.string().default("[a-z0-9](Secret|Token|Credentials?|Pass|Pwd)[0-9]{0,3}$"),
  /** In lower case; what begins like this is a secret where the value looks like one. */
  startNames: z.string().default("^(password|passphrase|secret|token|api[._-]?key)[._-]"),
  startValues: z.string().default("^([A-Za-z_+=]{1,64}[0-9]|[0-9]{1,64}[A-Za-z])[^\\s/:.-]{6,}$"),
  /** In lower case; none of these is a secret all the same. */
  otherNames: z.string().default(`(^|[._-])${ABOUT}$|${NAMING}$`),
  /** What is made of references to other variables. */
  references: z
    .string()
    .default("^[^$]{0,7}([$]([(][A-Za-z0-9_.-]{1,256}[)]|[{][^{}]{1,256}[}])[^$]{0,7})+$|^[$][A-Z_][A-Z0-9_]*$"),
  /** In lower case. */
  harmless: z.string().default(`^(${HARMLESS})?$|^(${ELSEWHERE})`),
};

/** A piece that the text must hold, which is found much faster, and the expression that decides. */
interface Pattern {
  readonly needs: string;
  readonly pattern: string;
}

/** `-----BEGIN` and `PRIVATE KEY` behind it, of which base64 has three forms. */
export const KEY_IN_BASE64 = "LS0tLS1CRUdJTi[A-Za-z0-9+/]{0,40}(UFJJVkFURSBLRV|BSSVZBVEUgS0VZ|QUklWQVRFIEtFW)";

/** Text that is a credential whatever it is called. */
const CREDENTIALS: readonly Pattern[] = [
  // Private keys: PEM, OpenPGP, PuTTY, age.
  { needs: "PRIVATE KEY", pattern: "-----BEGIN ([A-Z0-9]+ )*PRIVATE KEY( BLOCK)?-----" },
  // The same in base64, wherever it stands in the text.
  { needs: "LS0tLS1CRUdJTi", pattern: KEY_IN_BASE64 },
  { needs: "PuTTY-User-Key-File-", pattern: "PuTTY-User-Key-File-[0-9]" },
  { needs: "AGE-SECRET-KEY-1", pattern: "AGE-SECRET-KEY-1[0-9A-Z]{20}" },
  // Tokens with the prefix of who issues them.
  { needs: "KIA", pattern: "(^|[^A-Za-z0-9])AKIA[A-Z0-9]{16}([^A-Za-z0-9]|$)" },
  { needs: "SIA", pattern: "(^|[^A-Za-z0-9])ASIA[A-Z0-9]{16}([^A-Za-z0-9]|$)" },
  { needs: "gh", pattern: "(^|[^A-Za-z0-9])gh[pousr]_[A-Za-z0-9]{36}" },
  { needs: "github_pat_", pattern: "(^|[^A-Za-z0-9])github_pat_[A-Za-z0-9_]{40}" },
  { needs: "gl", pattern: "(^|[^A-Za-z0-9])gl(pat|dt|rt|ptt|cbt|soat)-[A-Za-z0-9_-]{20}" },
  { needs: "gl", pattern: "(^|[^A-Za-z0-9])gl(sa|c)_[A-Za-z0-9+/=_]{32}" },
  { needs: "xox", pattern: "(^|[^A-Za-z0-9])xox[abeprs]-[A-Za-z0-9-]{20}" },
  { needs: "hooks.slack.com", pattern: "hooks[.]slack[.]com/(services|workflows)/[A-Za-z0-9_/]{20}" },
  { needs: "AIza", pattern: "(^|[^A-Za-z0-9])AIza[A-Za-z0-9_-]{35}" },
  { needs: "k_live_", pattern: "(^|[^A-Za-z0-9])[rs]k_live_[A-Za-z0-9]{24}" },
  { needs: "npm_", pattern: "(^|[^A-Za-z0-9])npm_[A-Za-z0-9]{36}" },
  { needs: "hv", pattern: "(^|[^A-Za-z0-9])hv[bsr][.][A-Za-z0-9_-]{24}" },
  { needs: "SG.", pattern: "(^|[^A-Za-z0-9])SG[.][A-Za-z0-9_-]{22}[.][A-Za-z0-9_-]{43}" },
  { needs: "_v1_", pattern: "(^|[^A-Za-z0-9])do[opr]_v1_[a-f0-9]{64}" },
  { needs: "hf_", pattern: "(^|[^A-Za-z0-9])hf_[A-Za-z0-9]{30}" },
  { needs: "sk-", pattern: "(^|[^A-Za-z0-9])sk-(ant-|proj-|svcacct-)?[A-Za-z0-9_]{32}" },
  { needs: "dckr_pat_", pattern: "(^|[^A-Za-z0-9])dckr_pat_[A-Za-z0-9_-]{20}" },
  { needs: "pypi-AgEI", pattern: "(^|[^A-Za-z0-9])pypi-AgEI[A-Za-z0-9_-]{20}" },
  { needs: "AccountKey=", pattern: "AccountKey=[A-Za-z0-9+/]{40}" },
  { needs: "sig=", pattern: "[?&]sig=[A-Za-z0-9%+/]{20}" },
  // Laravel's key.
  { needs: "base64:", pattern: "(^|[=\\s\"'])base64:[A-Za-z0-9+/]{43}=" },
  // Logins to registries (config.json of Docker) and to hosts (.netrc).
  { needs: '"auth"', pattern: '"auth" {0,8}: {0,8}"[A-Za-z0-9+/]{12,512}={0,2}"' },
  {
    needs: "machine ",
    pattern: "machine\\s{1,8}[^\\s]{1,256}\\s{1,8}(login\\s{1,8}[^\\s]{1,256}\\s{1,8})?password\\s{1,8}[^\\s$<{]",
  },
  // Signed JSON Web Tokens; they begin with `{"`.
  { needs: "eyJ", pattern: "(^|[^A-Za-z0-9_-])eyJ[A-Za-z0-9_-]{8,}[.]eyJ[A-Za-z0-9_-]{8,}[.][A-Za-z0-9_-]{8}" },
  // Tokens of HTTP (RFC 6750, RFC 7617).
  { needs: "earer ", pattern: "(^|[^A-Za-z])[Bb]earer {1,8}[A-Za-z0-9._~+/-]{20}" },
  { needs: "asic ", pattern: "(^|[^A-Za-z])[Bb]asic {1,8}[A-Za-z0-9+/]{8,256}={1,2}([^=A-Za-z0-9]|$)" },
  {
    needs: "uthorization",
    pattern: "[Aa]uthorization[\"']?[:=] {0,8}[\"']?([Bb]asic|[Bb]earer|[Tt]oken) {1,8}[A-Za-z0-9._~+/-]{8}",
  },
  // Users of databases: MySQL's and MariaDB's statements, PostgreSQL's password file, access lists of Redis and Valkey.
  { needs: "IDENTIFIED BY ", pattern: "IDENTIFIED BY {1,8}['\"][^'\"$<{%]{3}" },
  { needs: "identified by ", pattern: "identified by {1,8}['\"][^'\"$<{%]{3}" },
  { needs: ":5432:", pattern: "[^\\s:]:5432:[^\\s:]{1,64}:[^\\s:]{1,64}:[^\\s:$<{*]{3}" },
  { needs: "on >", pattern: "(^|\\n)user {1,8}[^\\s]{1,64} ([^\\n]{0,64} )?on >[^\\s$<{%]{3}" },
  // Addresses with a password that is no reference (RFC 3986, userinfo).
  { needs: "://", pattern: "://[^/:@?#\\s\"'<>]*:[^/:@?#\\s\"'$(){}<>%*][^/:@?#\\s\"'<>]*@" },
];

/** Programs that are known to take a password behind a short flag. */
const COMMANDS: readonly Pattern[] = [
  { needs: "curl", pattern: "(^|\\s)(-u|--user)[ =]{1,8}[\"']?[^\\s:\"'$]{1,64}:[^\\s\"'$<{%/][^\\s\"']{3}" },
  { needs: "mysql", pattern: "\\s-p[^\\s\"'$=:/<{%-]{1,64}[0-9]" },
  { needs: "redis-cli", pattern: "\\s-a {1,8}[\"']?[^\\s\"'$<{%/-][^\\s\"']{5}" },
  { needs: "sshpass", pattern: "sshpass {1,8}-p {0,8}[\"']?[^\\s\"'$<{%/-]" },
  { needs: "mongo", pattern: "mongo(sh|dump|restore|export|import)? [^;|&]{0,256}-p {1,8}[\"']?[^\\s\"'$<{%/-]" },
  {
    needs: "ldap",
    pattern: "ldap(search|add|modify|delete|whoami|passwd|compare) [^;|&]{0,256}-w {1,8}[\"']?[^\\s\"'$<{%/-]",
  },
  {
    needs: "htpasswd",
    pattern: "htpasswd {1,8}-[A-Za-z]{0,8}b[A-Za-z]{0,8} [^;|&]{1,256}[\"' ][^\\s\"'$<{%/-][^\\s;|&$]{3,64}(\\s|$)",
  },
  {
    needs: " login",
    pattern: "(docker|podman|buildah|skopeo|helm registry|oras) login [^;|&]{0,256}-p {1,8}[\"']?[^\\s\"'$<{%/-]",
  },
  {
    needs: "mc ",
    pattern:
      "(^|[\\s;&|/])mc {1,8}(alias|config host) {1,8}(set|add) {1,8}[^\\s]{1,64} {1,8}[^\\s]{1,256} {1,8}[^\\s]{1,128} {1,8}[\"']?[^\\s\"'$<{%-]",
  },
];

/**
 * What each of the words above holds. Looked for first: the expressions take the API server a second of its processor
 * for the text of one large dashboard, these a hundredth.
 */
const WORDS = ["pass", "pw", "wachtwoord", "secret", "token", "key", "credential", "auth", "cookie"] as const;

/** Lines of files that give a secret's name a value (`.env`, properties, INI, YAML, JSON), in lower case. */
const LINES = [
  `(${ANYWHERE}|(^|[^a-z0-9])${ALONE})${BEHIND}${GIVEN}(${BEGINNING}${VALUE}{0,63})?[0-9]${VALUE}{0,64}${ENDED}`,
  // A variable of an `.env` file or a shell, whatever its value looks like.
  `^[ \\t]{0,64}(-c )?["']?(export |env )?([a-z0-9_]{0,64}${ANYWHERE}|([a-z0-9_]{0,64}_)?(secret|${ALONE}))${BEHIND}=["']?[^\\s"'$<>(){}\\[\\]&%=:/|!*.][^\\s"'$<>(){}\\[\\]]{2,128}["']?[ \\t]{0,8}$`,
  // A word without a figure, where it is the whole value of a password.
  `(password|passwd|passphrase|wachtwoord)${BEHIND}${GIVEN}[^\\s"'$<>(){}\\[\\]&%=:/|!*._][^\\s"'$<>(){}\\[\\]&_.]{4,64}["']?[ \\t]{0,8}(</|$)`,
  // Statements of PostgreSQL, and the configuration of Redis and Valkey.
  `(create|alter) {1,8}(user|role) [^;]{0,256}password {1,8}'[^'$<{%]{3}`,
  `^[ \\t]{0,64}(requirepass|masterauth) {1,8}["']?[^\\s"'$<>(){}%&]{4}`,
  // Behind `secret` the name of a Secret is usual, which may have hyphens; one of Keycloak's is a UUID.
  `(^|[^a-z0-9])secret${BEHIND}${GIVEN}([a-z0-9+/_=]{4,48}[0-9][a-z0-9+/_=]{4,48}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})${ENDED}`,
].join("|");

/** A flag with its value, also behind a space. */
const FLAGS = `(^|[\\s"'])--?([a-z0-9._-]{0,64}${ANYWHERE}|([a-z0-9._-]{0,64}[._-])?${ALONE})${BEHIND}(=| {1,8})["']?[^\\s$"'/<{=%-][^\\s=]{5}|(^|[\\s"'])--?[a-z0-9._-]{0,64}(password|passwd|wachtwoord)=["']?[^\\s$"'/<{=%-][^\\s=]{2}`;

const contents = (content: readonly Pattern[], lines: string) => ({
  /** Text that is a credential whatever it is called. */
  content: z.array(z.strictObject({ needs: z.string().min(1), pattern: z.string().min(1) })).default([...content]),
  /** One of these stands in every such line; they are found much faster. In lower case. */
  words: z.array(z.string().min(1)).default([...WORDS]),
  /** Lines, entries and flags that give a secret's name a value, in lower case. */
  lines: z.string().default(lines),
  /** Those of them that are none, and comments. */
  otherLines: z
    .string()
    .default(
      `^[ \\t]{0,64}(#|//)|<[^<>@]{1,64}>@|${NAMING}=|(${ANYWHERE}|secret|${ALONE})${BEHIND}(${GIVEN}| {1,8}["']?)((${HARMLESS})["']?[ \\t]{0,8}$|(${ELSEWHERE}))`,
    ),
});

export const recogniser = z.strictObject({ ...names, ...contents(CREDENTIALS, LINES) });

/** Names and values stand in one text. */
export const commandLines = z.strictObject(contents([...CREDENTIALS, ...COMMANDS], `${LINES}|${FLAGS}`));

/** CEL: the lines, entries and flags of a text in lower case. */
const entries = (lower: string): string =>
  `${lower}.replace(" -", "\\n-").replace("{", "\\n").replace("}", "\\n").replace(",", "\\n").replace(";", "\\n").replace("&&", "\\n").split("\\n")`;

/** CEL: the text is a credential, or has a line, an entry or a flag that gives one. */
export function givesAway(text: string): string {
  return `(params.content.exists(c, ${text}.contains(c.needs) && ${text}.matches(c.pattern)) ||
    [${text}.lowerAscii()].filter(lower, params.words.exists(w, lower.contains(w))).exists(lower, ${entries("lower")}
      .exists(line, params.words.exists(w, line.contains(w)) && line.matches(params.lines) && !line.matches(params.otherLines))))`;
}

/**
 * CEL: admission can look through a list of texts, beside what costs `more`, for less than one call may cost. Matching
 * costs a fortieth of the expression's length for each character (cel-go, RegexStringLengthCostFactor), and the
 * expression for lines is long: the factors are what an API server let through, rounded up.
 */
export function isShort(texts: string, more = "0"): string {
  return `[${texts}].exists(all, [${more} + all.size() * 600 + all.map(t, t.size()).sum() * 12].exists(sum, sum < 900000 &&
    [all.map(t, t.lowerAscii()).join("\\n")].exists(lower,
      ${entries("lower")}.filter(line, params.words.exists(w, line.contains(w))).map(line, line.size()).sum() < (900000 - sum) / 70)))`;
}

/** CEL: the name is a secret's, and the value is one and not a reference, a path, a switch or a placeholder. */
export function isSecret(name: string, value: string): string {
  return `(((${name}.lowerAscii().matches(params.names) || ${name}.matches(params.camelNames)) ||
      (${name}.lowerAscii().matches(params.startNames) && ${value}.matches(params.startValues))) &&
    !${name}.lowerAscii().matches(params.otherNames) &&
    !${value}.lowerAscii().matches(params.harmless) && !${value}.matches(params.references))`;
}
