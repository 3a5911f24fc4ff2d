import type { Command } from "../command";
import { usage } from "./arguments";
import { execute } from "./command";
import { Output } from "./output";

export const command: Command = {
  name: "scan",
  summary: "judge Kubernetes manifests by the rules of the policy pack",
  usage,
  run: (args) => {
    const { status, err } = execute(["scan", ...args], new Date().toISOString().slice(0, 10), new Output().write);
    process.stderr.write(err);
    return status;
  },
};
