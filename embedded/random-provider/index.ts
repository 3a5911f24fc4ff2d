import * as provider from "@pulumi/pulumi/provider";
import { endWithParent } from "../parent";
import { engineLog } from "./engine-log";
import { RandomProvider } from "./provider";

// The engine hides what resource plugins print; this is for whoever starts it by hand.
console.error("pulumi-resource-random: STAND-IN of this project, not Pulumi's plugin");
endWithParent();
const args = process.argv.slice(2);
void provider.main(new RandomProvider(engineLog(args.at(-1))), args);
