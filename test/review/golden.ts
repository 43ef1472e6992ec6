import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';

const folder = new URL('./golden/', import.meta.url);

/** Compares with a file of `golden/`; `UPDATE=1` writes the file instead. */
export function assertGolden(name: string, text: string): void {
  const file = new URL(name, folder);
  if (process.env['UPDATE'] === '1') writeFileSync(file, text);
  assert.equal(text, readFileSync(file, 'utf8'));
}
