import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import Ajv2020 from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import type { Log, Result } from 'sarif';
import { checkRecords } from '../../src/model/checks/records.ts';
import { renderSarif } from '../../src/model/report/sarif.ts';
import type { CheckResult } from '../../src/model/reviewer-api.ts';
import { assertGolden } from './golden.ts';
import { everything, hostile, nothing } from './sample-result.ts';

const schema = JSON.parse(readFileSync(new URL('./sarif-schema-2.1.0.json', import.meta.url), 'utf8')) as object;
const ajv = new Ajv2020({ strict: false, allErrors: true });
addFormats(ajv);
const validate = ajv.compile(schema);

test('SARIF is what its golden file shows', () => {
  assertGolden('everything.sarif', sarif(everything));
});

test('SARIF of every result obeys the schema', () => {
  for (const result of [nothing, everything, hostile]) logOf(result);
});

test('the schema check can fail', () => {
  assert.equal(validate({ version: '2.1.0', runs: [{ tool: { driver: {} } }] }), false);
});

test('every related location is linked from the message, and every link has its location', () => {
  for (const result of resultsOf(everything)) {
    const linked = [...(result.message.text ?? '').matchAll(/\]\((\d+)\)/g)].map((match) => Number(match[1]));
    const related = (result.relatedLocations ?? []).map((location) => location.id);
    assert.deepEqual([...new Set(linked)], related);
  }
});

test('a message with brackets, backslashes and braces has no other links or placeholders', () => {
  const text = resultsOf(everything)[1]?.message.text ?? '';
  assert.ok(text.startsWith('struct a.lock is acquired while b\\[0\\] \\\\ {x} is held'), text);
  const evil = resultsOf(hostile)[0]?.message.text ?? '';
  assert.ok(evil.startsWith('evil\\\\x1b\\[31m\\\\x0alock \\[click\\](http://x)'), evil);
});

test('files are percent-encoded relative to SRCROOT', () => {
  const location = resultsOf(everything)[1]?.locations?.[0]?.physicalLocation?.artifactLocation;
  assert.deepEqual(location, { uri: 'drivers/odd%20name/50%25%23%C3%A4.c', uriBaseId: 'SRCROOT' });
});

test('rules come from the check records, with a name other than the id', () => {
  const rules = logOf(nothing).runs[0]?.tool.driver.rules ?? [];
  assert.deepEqual(
    rules.map((rule) => rule.id),
    checkRecords.map((record) => record.id),
  );
  for (const rule of rules) assert.match(rule.name ?? '', /^([A-Z][a-z]+)+$/);
});

test('what a comment suppresses is a result that says so and why, and no other result is suppressed', () => {
  assert.deepEqual(
    resultsOf(everything).map(({ partialFingerprints, suppressions }) => [partialFingerprints?.['lockstepFinding/v1'], suppressions]),
    [
      ...everything.findings.map(({ id }) => [id, []]),
      ['f5', [{ kind: 'inSource', justification: 'boot() has returned before late() can run [see {0}]' }]],
    ],
  );
});

function resultsOf(result: CheckResult): readonly Result[] {
  return logOf(result).runs[0]?.results ?? [];
}

function logOf(result: CheckResult): Log {
  const log = JSON.parse(sarif(result)) as Log;
  assert.ok(validate(log), ajv.errorsText(validate.errors, { separator: '\n' }));
  return log;
}

function sarif(result: CheckResult): string {
  return renderSarif(checkRecords, result, { toolVersion: '0.0.0' });
}
