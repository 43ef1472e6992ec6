import test from 'node:test';
import { renderSequence } from '../../src/model/trace/mermaid.ts';
import { assertGolden } from './golden.ts';
import { parseMermaid } from './mermaid-parser.ts';
import { deadlock } from './sequences.ts';

test('a deadlock', async () => {
  const { text } = renderSequence(deadlock);
  await parseMermaid(text);
  assertGolden('deadlock.mmd', text);
});
