import { PolicyPack } from "@pulumi/policy";
import { loadRules } from "./engine/load";
import { isJudged, Pack, policiesOf } from "./engine/pack";
import { readOnly } from "./engine/requests";
import { stackSettings } from "./engine/stack-settings";

// The pack for any program on Kubernetes: settings are the stack's own and those of `--policy-pack-config`, and nothing
// follows from a configuration of this platform.
const rules = loadRules();
const settings = stackSettings(rules, () => undefined);
const pack = new Pack(rules, settings, new Date().toISOString().slice(0, 10));
const repairs = Object.values(settings({}).rules).some((rule) => rule.level === "remediate");

readOnly(isJudged, repairs);
new PolicyPack("kubernetes-policies", { policies: policiesOf(pack, repairs) });
