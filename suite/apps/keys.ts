/** The apps of MijnBureau, each with a file of its own beside this one. */
export const appKeys = [
  "bureaublad",
  "clamav",
  "collabora",
  "conversations",
  "docs",
  "drive",
  "element",
  "grist",
  "keycloak",
  "livekit",
  "meet",
  "nextcloud",
  "ollama",
  "openproject",
] as const;

export type AppKey = (typeof appKeys)[number];
