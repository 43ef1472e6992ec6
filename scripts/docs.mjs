// Writes docs/checks.md from the records of the checks. `--check` only says whether it is up to date.
import fs from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { tsImport } from 'tsx/esm/api';
import { root } from './process.mjs';

const { values } = parseArgs({ options: { check: { type: 'boolean' } } });
const file = path.join(root, 'docs/checks.md');
const { checkRecords } = await tsImport('../src/model/checks/records.ts', import.meta.url);
const text = checksDocument(checkRecords);

if (!values.check) fs.writeFileSync(file, text);
else if (!fs.existsSync(file) || fs.readFileSync(file, 'utf8') !== text) {
  console.error('docs/checks.md is not what src/model/checks/records.ts says: run node scripts/docs.mjs');
  process.exitCode = 1;
}

function checksDocument(records) {
  const sections = records.map(({ id, title, explanation }) => `## ${id}\n\n${title}.\n\n${explanation}\n`);
  return ['# Checks\n', 'Written by `node scripts/docs.mjs` from `src/model/checks/records.ts`.\n', ...sections].join('\n');
}
