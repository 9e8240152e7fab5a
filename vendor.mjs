// Copies what the pages load from node_modules into curator/static/vendor; run by `npm run vendor`.
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";

const from = "node_modules/@annotorious/annotorious";
const to = "curator/static/vendor";

mkdirSync(to, { recursive: true });
// Browsers know no `process`, and look for the source map that is not copied.
const code = readFileSync(`${from}/dist/annotorious.es.js`, "utf8")
  .replaceAll("process.env.NODE_ENV", '"production"')
  .replace(/^\/\/# sourceMappingURL=.*$/m, "");
writeFileSync(`${to}/annotorious.es.js`, code);
copyFileSync(`${from}/dist/annotorious.css`, `${to}/annotorious.css`);

const { name, version, license, author, homepage } = JSON.parse(readFileSync(`${from}/package.json`, "utf8"));
writeFileSync(`${to}/NOTICE.txt`, `${name} ${version}, ${license}, by ${author}: ${homepage}\n`);

// For the compiler alone, which takes it for the types of the file of that name.
writeFileSync(`${to}/annotorious.es.d.ts`, 'export * from "@annotorious/annotorious";\n');
