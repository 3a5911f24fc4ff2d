import * as fs from "node:fs";
import * as path from "node:path";
import { cacheFolder } from "../../../embedded/toolchain";
import { findOnPath } from "../../../embedded/toolchain/find";
import { TOOLS } from "../../../embedded/toolchain/table";
