/** Version of the platform, a label of every object; a test holds it equal to package.json's. */
export const VERSION = "0.2.0";
