import { PolicyPack } from "@pulumi/policy";
import { policiesOfStack } from "../components/policies";
import { loadRules } from "./engine/load";
import { isJudged, Pack, policiesOf } from "./engine/pack";
import { readOnly } from "./engine/requests";
import { stackSettings } from "./engine/stack-settings";

const rules = loadRules();
const settings = stackSettings(rules, (all) => policiesOfStack("mijnbureau-platform", all));
const pack = new Pack(rules, settings, new Date().toISOString().slice(0, 10));
const repairs = Object.values(settings({}).rules).some((rule) => rule.level === "remediate");

readOnly(isJudged, repairs);
new PolicyPack("mijnbureau-platform", { policies: policiesOf(pack, repairs) });
