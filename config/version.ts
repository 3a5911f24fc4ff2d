/** Version of the platform, a label of every object; a test holds it equal to package.json's. */
export const VERSION = "0.2.0";

/** Where the project stands, for links to its pages; a test holds it equal to publiccode.yml's. */
export const REPOSITORY = "https://github.com/MinBZK/mijnbureau-platform";

/**
 * The last day for which this release answers for what its own objects cannot avoid and for the versions that it pins. Each
 * release sets it anew, a year ahead, when both have been looked at again (DEVELOPMENT.md, "A release").
 */
export const REVIEWED_UNTIL = "2027-11-30";
