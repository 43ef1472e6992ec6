// SEED COUNT FILE…: picks findings of high confidence from reports (`check --format json`) at random, the same for the same seed.
import fs from 'node:fs';

const [seed, count, ...files] = process.argv.slice(2);
if (files.length === 0) {
  console.error('usage: node scripts/sample.mjs SEED COUNT FILE…');
  process.exit(2);
}
const all = files.flatMap((file) => JSON.parse(fs.readFileSync(file, 'utf8')).findings.filter(({ confidence }) => confidence === 'high'));
const findings = [...new Map(all.map((finding) => [finding.id, finding])).values()].sort((a, b) => (a.id < b.id ? -1 : 1));
const next = random(Number(seed));
// Fisher and Yates, from the end.
for (let i = findings.length - 1; i > 0; i--) {
  const j = Math.floor(next() * (i + 1));
  [findings[i], findings[j]] = [findings[j], findings[i]];
}
for (const { check, at, message } of findings.slice(0, Number(count))) console.log(`${at.file}:${at.line}: ${message} [${check}]`);

/** Numbers from 0 to 1, by a linear congruential generator (Knuth, MMIX). */
function random(start) {
  let state = BigInt(start);
  return () => {
    state = BigInt.asUintN(64, state * 6364136223846793005n + 1442695040888963407n);
    return Number(state >> 11n) / 2 ** 53;
  };
}
