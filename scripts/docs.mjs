// Writes docs/checks.md from the checks, and what package.json says of confidence. `--check` only says whether they are up to date.
import fs from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { tsImport } from 'tsx/esm/api';
import { root } from './process.mjs';

const { values } = parseArgs({ options: { check: { type: 'boolean' } } });
const { checkRecords } = await tsImport('../src/model/checks/records.ts', import.meta.url);
const { confidences, defaultConfidence } = await tsImport('../src/model/report/confidence.ts', import.meta.url);

keep('docs/checks.md', checksDocument(), 'src/model/checks says');
keep('package.json', manifest(), 'src/model/report/confidence.ts says');

function keep(file, text, source) {
  const place = path.join(root, file);
  if (fs.existsSync(place) && fs.readFileSync(place, 'utf8') === text) return;
  if (!values.check) return fs.writeFileSync(place, text);
  console.error(`${file} is not what ${source}: run node scripts/docs.mjs`);
  process.exitCode = 1;
}

function checksDocument() {
  const sections = checkRecords.map(({ id, title, explanation }) => `## ${id}\n\n${title}.\n\n${explanation}\n`);
  return ['# Checks\n', 'Written by `node scripts/docs.mjs` from `src/model/checks`.\n', ...sections, confidenceSection()].join('\n');
}

function confidenceSection() {
  const { doubts, remarks } = reasons();
  return [
    '## Confidence\n',
    'High: nothing known speaks against the finding. Medium: one doubt. Low: two doubts, or one that counts twice. These are the doubts:\n',
    ...doubts.map((sentence) => `- ${sentence}`),
    '\nThese are said too, and take nothing away:\n',
    ...remarks.map((sentence) => `- ${sentence}`),
    `\nFindings of ${defaultConfidence} confidence are shown unless \`lockstep.minimumConfidence\` or \`--minimum-confidence\` says otherwise.`,
    '[accuracy.md](accuracy.md) has what came of them in real code.\n',
  ].join('\n');
}

/** The sentences that the checks give as reasons, as their source has them; `…` stands for a name or a number. */
function reasons() {
  const folder = path.join(root, 'src/model/checks');
  const doubts = new Set();
  const remarks = new Set();
  for (const name of fs.readdirSync(folder).sort()) {
    const source = fs.readFileSync(path.join(folder, name), 'utf8');
    for (const [, call, , text, steps] of source.matchAll(
      /\b(doubts\.add|reasons\.push)\(\s*([`'])([^]*?)\2\s*(?:,\s*([^;]*?))?,?\s*\);/g,
    )) {
      const sentence = text.replaceAll(/\$\{[^{}?]*\? '[^']*' : '([^']*)'\}/g, '$1').replaceAll(/\$\{[^{}]*\}/g, '…');
      (call === 'doubts.add' && steps !== '0' ? doubts : remarks).add(sentence);
    }
  }
  return { doubts: [...doubts], remarks: [...remarks] };
}

function manifest() {
  const json = JSON.parse(fs.readFileSync(path.join(root, 'package.json'), 'utf8'));
  const setting = json.contributes.configuration.properties['lockstep.minimumConfidence'];
  setting.enum = confidences.map(({ level }) => level);
  setting.default = defaultConfidence;
  setting.enumDescriptions = confidences.map(({ description }) => description);
  return `${JSON.stringify(json, undefined, 2)}\n`;
}
