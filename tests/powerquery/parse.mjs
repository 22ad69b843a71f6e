// Is a text in Power Query's language?  `node parse.mjs TEXT`; what is wrong goes to stderr.
// MIECO_POWERQUERY is the folder into which npm has installed @microsoft/powerquery-parser.
import { createRequire } from "node:module";
import { join } from "node:path";

const require = createRequire(join(process.env.MIECO_POWERQUERY, "package.json"));
const { DefaultSettings, TaskUtils } = require("@microsoft/powerquery-parser");

const task = await TaskUtils.tryLexParse(DefaultSettings, process.argv[2]);
if (task.stage !== "Parse" || task.resultKind !== "Ok") {
  console.error(task.error?.message ?? task.stage);
  process.exit(1);
}
