import assert from 'node:assert/strict';
import { test } from 'node:test';
import { renderJson } from '../../src/model/report/json.ts';
import { assertGolden } from './golden.ts';
import { everything, hostile, nothing } from './sample-result.ts';

test('JSON of a check is the documented contract', () => {
  assertGolden('everything.json', renderJson(everything, { inBaseline: 2, lessSure: 3, shownAt: 'medium' }));
});

test('JSON without findings has its lists all the same', () => {
  const { stats, ...rest } = JSON.parse(renderJson(nothing)) as Record<string, unknown>;
  assert.deepEqual(rest, { version: 1, findings: [], problems: [] });
  assert.deepEqual(stats, { ...nothing.stats, suppressed: 0 });
});

test('JSON says the same without what could steer a terminal', () => {
  const json = renderJson(hostile);
  assert.doesNotMatch(json, /[^\P{Cc}\n]|\u202e/u);
  const { findings } = JSON.parse(json) as { findings: { message: string }[] };
  assert.equal(findings[0]?.message, hostile.findings[0]?.message);
});

test('JSON leaves out what the model keeps to itself', () => {
  const [finding] = everything.findings;
  const findings = [{ ...finding!, secret: 1, at: { ...finding!.at, secret: 1 } }];
  assert.doesNotMatch(renderJson({ ...everything, findings }), /secret/);
});
