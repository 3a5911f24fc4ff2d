import { mutationTests } from "./rules-mutants";

mutationTests("network");
