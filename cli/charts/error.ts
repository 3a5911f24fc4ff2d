import { UserError } from "../../lib/errors";

/** A mistake or an outage that the user can do something about: printed as is, without a stack trace. */
export class ChartsError extends UserError {}
