import type { App } from "./app";

/** Profile of the apps that are made with Django, which write the same folders. */
export const DJANGO_PROFILE: App["appArmor"] = { profile: "django", writable: ["/tmp/", "/data/", "/app/tmp/"] };
