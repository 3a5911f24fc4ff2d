/**
 * A value that is only known after deployment was read.
 *
 * An error of our own, because CEL's `?.` and `orValue` treat the evaluator's own errors as "absent"
 * (cel-js 8.0.0, lib/registry.js, #getOptionalField), which would turn an unknown into a verdict.
 */
export class UnknownValue extends Error {
  override readonly name = "UnknownValue";
}

/**
 * A value of a type that the field does not have was read: `privileged: "true"`. It decides nothing, as a value that is
 * not known, and the API server refuses the object; the message tells which field.
 */
export class WrongType extends UnknownValue {
  constructor(message: string) {
    super(message);
  }
}

// One instance: raising it is then as cheap as any other value, and nobody looks at its stack.
const raised = new UnknownValue("the value is only known after deployment");

/** Ends the evaluation that asked for a value which is not known yet. */
export function raiseUnknown(): never {
  throw raised;
}

/** The result of an evaluation, or `otherwise` where it met an unknown value; `wrong` is told of one of a wrong type. */
export function unlessUnknown<T, U>(evaluate: () => T, otherwise: U, wrong?: (message: string) => void): T | U {
  try {
    return evaluate();
  } catch (error) {
    if (error instanceof WrongType) wrong?.(error.message);
    if (error instanceof UnknownValue) return otherwise;
    throw error;
  }
}
