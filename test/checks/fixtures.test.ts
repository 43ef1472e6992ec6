import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { test } from 'node:test';
import type { Finding } from '../../src/model/checks/finding.ts';
import type { CheckResult } from '../../src/model/reviewer-api.ts';
import { createReviewer } from '../../src/model/reviewer.ts';
import { type Fixture, type Marker, fixtureFolder, grammar, readFixtures, readMarkers, treeOf } from './fixture.ts';

for (const fixture of readFixtures('')) {
  test(`fixture ${fixture.name}`, async () => {
    const markers = readMarkers(fixture);
    const quiet = [...fixture.files.values()].some((text) => text.startsWith('// NONE: '));
    assert.equal(quiet, markers.length === 0, 'a fixture has WANT markers, or says NONE and why');

    const { findings, problems } = await check(fixture);
    const unexpected = findings.filter((finding) => !markers.some((marker) => isAt(finding, marker)));
    const unmet = markers.filter((marker) => !findings.some((finding) => isAt(finding, marker)));
    assert.deepEqual(
      { unexpected: unexpected.map(showFinding), unmet: unmet.map(showMarker), problems },
      { unexpected: [], unmet: [], problems: [] },
    );

    const shown = findings.map((finding) => `${finding.check} ${finding.at.file}:${finding.at.line} ${finding.acquires}`);
    assert.deepEqual(shown, [...new Set(shown)], 'nothing is said twice');
  });
}

for (const fixture of readFixtures('syntax/')) {
  test(`fixture ${fixture.name}`, async () => {
    const [path, text] = [...fixture.files].find(([name]) => name.endsWith('.c'))!;
    const functions = /^\/\/ FUNCTIONS: (.*)$/m.exec(text)![1]!.split(', ');

    const without = await check(fixture);
    assert.deepEqual(without.problems, []);
    assert.equal(without.stats.functionsWithProblems, 0);
    assert.deepEqual(without.findings.map(showFinding), []);

    // A call of each function, put behind the file: a function that was not seen is a callee that was not read.
    for (const name of functions) {
      const probe = `${text}\nvoid fixture_probe(void) { ${name}(); }\n`;
      const withCall = await check({ ...fixture, files: new Map(fixture.files).set(path, probe) });
      assert.equal(withCall.stats.calls, without.stats.calls + 1, `${name}: the call behind it was not seen`);
      assert.equal(withCall.stats.callsNotFollowed, without.stats.callsNotFollowed, `${name} was not seen`);
    }
  });
}

test('the fixtures are C', (t) => {
  if (spawnSync('gcc', ['--version']).status !== 0) {
    t.diagnostic('no gcc here: not compiled');
    return;
  }
  const sources = readdirSync(fixtureFolder, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.c'));
  assert.ok(sources.length > 100);
  for (const configuration of [[], ['-DCONFIG_TRACE', '-DCONFIG_NET', '-DCONFIG_PM', '-DCONFIG_TWO']]) {
    const gcc = spawnSync('gcc', ['-fsyntax-only', '-w', '-I', '.', ...configuration, ...sources], {
      cwd: fixtureFolder,
      encoding: 'utf8',
    });
    assert.equal(gcc.stderr, '');
    assert.equal(gcc.status, 0);
  }
});

async function check(fixture: Fixture): Promise<CheckResult> {
  const reviewer = await createReviewer({ tree: treeOf(fixture.files), ...grammar });
  const orders = [...fixture.files.keys()].filter((path) => path.endsWith('.rst'));
  return reviewer.check({ paths: ['fixture'], scope: 'paths', orders, enabled: ['unprotected-access'] });
}

/** The finding is the one of the marker. */
function isAt(finding: Finding, marker: Marker): boolean {
  return (
    finding.check === marker.check &&
    (finding.severity === 'information') === marker.information &&
    finding.at.file === marker.file &&
    finding.at.line === marker.line &&
    (marker.words !== ''
      ? finding.message.includes(marker.words)
      : finding.acquires === marker.acquired && (finding.held.length === 0 ? finding.about : finding.held).includes(marker.held))
  );
}

function showFinding(finding: Finding): string {
  const chains = finding.witnesses.map((witness) => witness.map((hop) => `${hop.at.line} ${hop.text}`).join(', '));
  return `${finding.at.file}:${finding.at.line} ${finding.severity} ${finding.check} ${finding.held.join(' ')} -> ${finding.acquires} (${chains.join(' | ')})`;
}

function showMarker(marker: Marker): string {
  return `${marker.file}:${marker.line} ${marker.information ? 'information ' : ''}${marker.check} ${marker.words || `${marker.held} -> ${marker.acquired}`}`;
}
