#!/usr/bin/env node
// In `dist`, the build has this file start the scanner from one file instead (`scan/bundle.ts`): in half the time.
import { main } from "./scan/command";

main();
