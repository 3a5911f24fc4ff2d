/**
 * Text that is a credential whatever it is called: private keys, tokens with the prefix of who issues them (AWS,
 * GitHub, GitLab, Slack, Google, Stripe, npm, Vault), signed JSON Web Tokens, and addresses with a password that is
 * no reference (RFC 3986, userinfo).
 */
export const credentialContent = [
  "-----BEGIN ([A-Z]+ )*PRIVATE KEY( BLOCK)?-----",
  "(^|[^A-Za-z0-9])A(KI|SI)A[A-Z0-9]{16}([^A-Za-z0-9]|$)",
  "(^|[^A-Za-z0-9])(gh[pousr]_[A-Za-z0-9]{36}|github_pat_[A-Za-z0-9_]{40}|glpat-[A-Za-z0-9_-]{20}|xox[abprs]-[A-Za-z0-9-]{20})",
  "(^|[^A-Za-z0-9])(AIza[A-Za-z0-9_-]{35}|[rs]k_live_[A-Za-z0-9]{24}|npm_[A-Za-z0-9]{36}|hv[bs][.][A-Za-z0-9_-]{24})",
  "eyJ[A-Za-z0-9_-]{8,}[.]eyJ[A-Za-z0-9_-]{8,}[.][A-Za-z0-9_-]{8,}",
  "://[^/:@?# ]*:[^/:@?# $(){}<>%*][^/:@?# ]*@",
].join("|");
