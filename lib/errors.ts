/**
 * A mistake or an outage that the user can do something about: its message says what is wrong and what to do, and is
 * printed as it is, without a stack trace.
 */
export class UserError extends Error {}
