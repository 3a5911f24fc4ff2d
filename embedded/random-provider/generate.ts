import { randomInt } from "node:crypto";

export interface PasswordInputs {
  readonly length: number;
  readonly lower: boolean;
  readonly upper: boolean;
  readonly numeric: boolean;
  readonly special: boolean;
  readonly minLower: number;
  readonly minUpper: number;
  readonly minNumeric: number;
  readonly minSpecial: number;
  readonly overrideSpecial?: string | undefined;
}

const LOWER = "abcdefghijklmnopqrstuvwxyz";
const UPPER = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
const NUMERIC = "0123456789";
/** The default set that the official provider documents. */
const SPECIAL = "!@#$%&*()-_=+[]{}<>:?";

/** What is wrong with the inputs: property and reason. The official provider refuses the same. */
export function passwordProblem(inputs: PasswordInputs): { property: string; reason: string } | undefined {
  const { length } = inputs;
  if (!Number.isSafeInteger(length) || length < 1) {
    return { property: "length", reason: `length is ${length}; it must be a whole number of at least 1` };
  }
  const minimum = inputs.minLower + inputs.minUpper + inputs.minNumeric + inputs.minSpecial;
  if (minimum > length) {
    const sum = "minLower + minUpper + minNumeric + minSpecial";
    return { property: "length", reason: `length is ${length}; it must be at least ${sum}, which is ${minimum}` };
  }
  if (length > minimum && alphabet(inputs) === "") {
    return {
      property: "length",
      reason: "no characters to choose from: set one of lower, upper, numeric and special to true",
    };
  }
  return undefined;
}

/** The required characters of each class, then any allowed ones, in random order; all from the system's generator. */
export function password(inputs: PasswordInputs): string {
  const characters = [
    ...pick(LOWER, inputs.minLower),
    ...pick(UPPER, inputs.minUpper),
    ...pick(NUMERIC, inputs.minNumeric),
    ...pick(specials(inputs), inputs.minSpecial),
  ];
  characters.push(...pick(alphabet(inputs), inputs.length - characters.length));
  return shuffle(characters).join("");
}

function specials(inputs: PasswordInputs): string {
  const own = inputs.overrideSpecial;
  return own === undefined || own === "" ? SPECIAL : own;
}

function alphabet(inputs: PasswordInputs): string {
  return [
    inputs.lower ? LOWER : "",
    inputs.upper ? UPPER : "",
    inputs.numeric ? NUMERIC : "",
    inputs.special ? specials(inputs) : "",
  ].join("");
}

function pick(from: string, count: number): string[] {
  return Array.from({ length: count }, () => from.charAt(randomInt(from.length)));
}

/** Fisher and Yates. */
function shuffle(items: readonly string[]): string[] {
  const rest = [...items];
  const result: string[] = [];
  while (rest.length > 0) result.push(...rest.splice(randomInt(rest.length), 1));
  return result;
}
