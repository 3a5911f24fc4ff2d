import * as provider from "@pulumi/pulumi/provider";
import { RandomProvider } from "./provider";

// The official plugin cannot be built from a module; say at every start which one this is.
console.error("pulumi-resource-random: STAND-IN served by this project (RandomPassword, RandomBytes, RandomId only)");
void provider.main(new RandomProvider(), process.argv.slice(2));
