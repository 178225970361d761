import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { storagePage } from "./storagePage";

/** Writes the pages that are made from tables; run by `npm run docs` from the checkout's root. */
mkdirSync("docs", { recursive: true });
writeFileSync(join("docs", "storage.md"), storagePage());
