import { mutationTests } from "./rules-mutants";

mutationTests("secrets");
