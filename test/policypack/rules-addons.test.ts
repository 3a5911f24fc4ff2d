import { mutationTests } from "./rules-mutants";

mutationTests("addons");
