import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { pathToFileURL } from 'node:url';
import type { MarkupContent } from 'vscode-languageserver/node';
import type { LockHover } from '../../src/model/reviewer-api.ts';
import { isConfident } from '../../src/model/report/confidence.ts';
import { toDiagnostic } from '../../src/server/diagnostic.ts';
import { toHover } from '../../src/server/hover.ts';
import { markdown, plainText } from '../../src/server/markdown.ts';
import { isKernelSource, placeOf } from '../../src/server/places.ts';
import { Published } from '../../src/server/published.ts';
import { defaultSettings, toSettings } from '../../src/server/settings.ts';
import { findingAt } from './finding-at.ts';

const root = '/tree';
const high = findingAt('handler.c', 5, 3, 'high');

describe('diagnostic', () => {
  it('has the range of the finding, counted from 0, and its check as code', () => {
    const { range, code, source, severity } = toDiagnostic(root, high, { relatedInformation: true });
    assert.deepEqual(range, { start: { line: 4, character: 2 }, end: { line: 4, character: 5 } });
    assert.deepEqual([code, source, severity], ['documented-order', 'lockstep', 2]);
  });

  it('relates the hops in order, with absolute URIs, and the documented rule last', () => {
    const { relatedInformation = [] } = toDiagnostic(root, high, { relatedInformation: true });
    assert.deepEqual(
      relatedInformation.map(({ location, message }) => [location.uri, location.range.start.line, message]),
      [
        [pathToFileURL('/tree/ioctl.c').href, 6, 'ioctl: takes struct kvm_vcpu.mutex'],
        [pathToFileURL('/tree/handler.c').href, 4, 'handler: takes struct kvm.lock through struct ops.handler'],
        [pathToFileURL('/tree/Documentation/locking.rst').href, 2, 'documented: "kvm->lock is taken outside vcpu->mutex"'],
      ],
    );
  });

  it('says of each hop of a cycle which chain it belongs to', () => {
    const [chain = []] = high.witnesses;
    const { relatedInformation = [] } = toDiagnostic(root, { ...high, witnesses: [chain, chain] }, { relatedInformation: true });
    assert.deepEqual(
      relatedInformation.map(({ message }) => /^chain \d of 2/.exec(message)?.[0]),
      ['chain 1 of 2', 'chain 1 of 2', 'chain 2 of 2', 'chain 2 of 2', undefined],
    );
  });

  it('puts the places into the message where the client does not show them', () => {
    const diagnostic = toDiagnostic(root, high, { relatedInformation: false });
    assert.equal(diagnostic.relatedInformation, undefined);
    assert.equal(String(diagnostic.message).split('\n')[1], '  ioctl.c:7: ioctl: takes struct kvm_vcpu.mutex');
  });

  it('says in words how sure it is, and which configuration it needs', () => {
    const message = (finding: typeof high) => toDiagnostic(root, finding, { relatedInformation: true }).message;
    assert.equal(message(high), high.message);
    assert.equal(
      message({ ...high, confidence: 'medium', config: ['CONFIG_A', '!CONFIG_B'] }),
      `${high.message}, with CONFIG_A and !CONFIG_B (possible: The call goes through a function pointer)`,
    );
    assert.equal(message({ ...high, confidence: 'low', reasons: [] }), `${high.message} (doubtful)`);
  });

  it('compares confidences', () => {
    assert.ok(isConfident(high, 'high'));
    assert.ok(!isConfident({ ...high, confidence: 'low' }, 'medium'));
    assert.ok(isConfident({ ...high, confidence: 'medium' }, 'medium'));
  });
});

describe('hover', () => {
  const at = { file: 'a (1).c', line: 12, column: 1, endLine: 12, endColumn: 5 };
  const hover: LockHover = {
    at,
    operation: 'acquires',
    lockClass: 'struct kvm.lock',
    mode: 'exclusive',
    held: [{ lockClass: 'kvm->srcu', mode: 'shared', chain: [{ at, function: 'run', text: 'enters *kvm->srcu* [x](http://e)' }] }],
    rules: [{ outer: 'a', inner: 'b', text: '<img src=x> a before b & c', file: 'locking.rst', line: 3 }],
  };

  it('says what is held and why, with links to the lines', () => {
    const { value, kind } = toHover(root, hover, markdown).contents as MarkupContent;
    assert.equal(kind, 'markdown');
    assert.match(
      value,
      /^Acquires `struct kvm\.lock`\n\n\*\*May be held here, outermost first\*\*\n\n- `kvm->srcu` \(shared\)\n {2}- enters/,
    );
    assert.ok(value.includes('](file:///tree/a%20%281%29.c#L12)'), value);
    assert.ok(value.includes('](file:///tree/locking.rst#L3)'), value);
  });

  it('lets nothing from the source become markup', () => {
    const { value } = toHover(root, hover, markdown).contents as MarkupContent;
    assert.ok(value.includes(String.raw`\*kvm\-\>srcu\* \[x\]\(http\://e\)`), value);
    assert.ok(value.includes(String.raw`\<img src=x\> a before b \& c`), value);
    assert.equal(markdown.code('a`b``c'), '``` a`b``c ```');
    for (const write of [markdown, plainText]) {
      assert.doesNotMatch(
        write.text('a\u202eb\u001b[2J') + write.code('\u2066a') + write.link('\u0007', 'file:///a', 1),
        /[\p{Cc}\u202e\u2066]/u,
      );
    }
  });

  it('names the locks of each sentence once, whatever number of orders it states', () => {
    const [rule] = hover.rules as [LockHover['rules'][number]];
    const rules = [rule, { ...rule, inner: 'c', innerMode: 'shared' } as const, rule];
    const { value } = toHover(root, { ...hover, rules }, plainText).contents as MarkupContent;
    assert.deepEqual(value.split('\n').slice(-1), ['- a → b, a → c (shared): <img src=x> a before b & c, locking.rst:3']);
  });

  it('tells the way that two locks have in common once', () => {
    const hop = (line: number, text: string) => ({ at: { ...at, line }, function: 'run', text });
    const held = [
      { lockClass: 'a', mode: 'exclusive', chain: [hop(1, 'enters'), hop(2, 'takes a'), hop(4, 'calls f')] },
      { lockClass: 'b', mode: 'exclusive', chain: [hop(1, 'enters'), hop(3, 'takes b'), hop(4, 'calls f')] },
    ] as const;
    const { value } = toHover(root, { ...hover, held, rules: [] }, plainText).contents as MarkupContent;
    const lines = value.split('\n').slice(4);
    assert.deepEqual(
      lines.map((line) => line.replace(/ in run.*/, '')),
      ['- a', '  - enters', '  - takes a', '  - calls f', '- b', '  - takes b'],
    );
  });

  it('names the pointer that a call goes through', () => {
    const call = { at, function: 'run', text: 'calls handle', via: 'struct ops.handle_it' };
    const held = [{ lockClass: 'a', mode: 'exclusive', chain: [call] } as const];
    const { value } = toHover(root, { ...hover, held }, plainText).contents as MarkupContent;
    assert.ok(value.includes('calls handle through struct ops.handle_it in run'), value);
  });

  it('is plain text for clients that want it', () => {
    const { value, kind } = toHover(root, hover, plainText).contents as MarkupContent;
    assert.equal(kind, 'plaintext');
    assert.ok(value.includes('enters *kvm->srcu* [x](http://e) in run, a (1).c:12'), value);
  });

  it('says so when nothing is held', () => {
    const { value } = toHover(root, { ...hover, held: [], rules: [] }, plainText).contents as MarkupContent;
    assert.equal(value, 'Acquires struct kvm.lock\n\nNo lock is known to be held here.');
  });
});

describe('published', () => {
  it('keeps what a folder has until it is checked again, and leaves edited files alone', () => {
    const sent: string[] = [];
    const published = new Published({
      send: ({ uri, diagnostics }) => sent.push(`${uri} ${diagnostics.length}`),
      uriOf: (file) => `file://${file}`,
      versionOf: () => undefined,
    });
    const found = [{ root, finding: high, diagnostic: toDiagnostic(root, high, { relatedInformation: true }) }];
    const never = () => false;
    published.show('/w/open.c', found, 1);
    published.keepFolder(
      '/w',
      new Map([
        ['/w/a.c', found],
        ['/w/b.c', found],
      ]),
      (file) => file === '/w/open.c',
    );
    published.keepFolder('/w', new Map([['/w/b.c', found]]), (file) => file !== '/w/a.c');
    published.keepFolder('/elsewhere', new Map(), never);
    assert.deepEqual(sent, ['file:///w/open.c 1', 'file:///w/a.c 1', 'file:///w/b.c 1', 'file:///w/a.c 0']);
    assert.deepEqual([published.isKept('/w/a.c'), published.isKept('/w/b.c'), published.isKept('/w/open.c')], [false, true, false]);
    published.clearMissing((file) => file === '/w/open.c');
    assert.equal(sent.at(-1), 'file:///w/b.c 0');
  });
});

describe('places and settings', () => {
  it('takes the innermost workspace folder where no tree has MAINTAINERS, else the folder of the file', () => {
    assert.deepEqual(placeOf('/none/w/sub/a.c', ['/none/w', '/none/w/sub', '/none/other']), { root: '/none/w/sub', path: 'a.c' });
    assert.deepEqual(placeOf('/none/wide/a.c', ['/none/w']), { root: '/none/wide', path: 'a.c' });
    assert.deepEqual(placeOf('/none/f', [], '/none/f'), { root: '/none/f', path: '' });
  });

  it('serves C by name or by language', () => {
    assert.deepEqual(
      [isKernelSource('a.h', 'cpp'), isKernelSource('a.c'), isKernelSource('entry.S', 'c'), isKernelSource('a.cpp', 'cpp')],
      [true, true, true, false],
    );
  });

  it('ignores settings of the wrong shape', () => {
    assert.deepEqual(toSettings({ enable: 'no', minimumConfidence: 'huge', orders: 'x' }), defaultSettings);
    assert.deepEqual(toSettings(null), defaultSettings);
    assert.deepEqual(toSettings({ minimumConfidence: 'low', orders: ['a', 1, ''], enableChecks: ['unprotected-access', 2] }), {
      enable: true,
      minimumConfidence: 'low',
      orders: ['a'],
      codeLens: true,
      inlayHints: false,
      enableChecks: ['unprotected-access'],
    });
  });
});
