import { readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { reasonOf } from '../host/system-error.ts';
import type { Finding } from '../model/checks/finding.ts';
import { jsonText } from '../model/report/plain.ts';
import { CannotRun } from './command.ts';

const version = 1;

/** Ids of the findings that a baseline lists. Only `id` counts; the rest is for whoever reads the file. */
export function readBaseline(cwd: string, file: string): ReadonlySet<string> {
  const absolute = path.resolve(cwd, file);
  let text: string;
  try {
    text = readFileSync(absolute, 'utf8');
  } catch (error) {
    throw new CannotRun(`cannot read ${file}: ${reasonOf(error, absolute)}`);
  }
  const ids = idsOf(text);
  if (ids === undefined) throw new CannotRun(`cannot read ${file}: not a baseline that --write-baseline wrote`);
  return new Set(ids);
}

/** Replaces the file in one step: an interrupted run leaves the old one. */
export function writeBaseline(cwd: string, file: string, findings: readonly Finding[]): void {
  const absolute = path.resolve(cwd, file);
  const entries = findings.map(({ id, check, at, function: functionName }) => ({ id, check, file: at.file, function: functionName }));
  const text = jsonText({ version, findings: entries });
  const draft = `${absolute}.new`;
  try {
    // A device or a pipe is written to: a file must not take its place.
    if (statSync(absolute, { throwIfNoEntry: false })?.isFile() === false) return writeFileSync(absolute, text);
    writeFileSync(draft, text);
    renameSync(draft, absolute);
  } catch (error) {
    rmSync(draft, { force: true });
    throw new CannotRun(`cannot write ${file}: ${reasonOf(error, absolute)}`);
  }
}

function idsOf(text: string): string[] | undefined {
  const value = parse(text);
  if (!isRecord(value) || value['version'] !== version || !Array.isArray(value['findings'])) return undefined;
  const ids = value['findings'].map((entry: unknown) => (isRecord(entry) ? entry['id'] : undefined));
  return ids.every((id) => typeof id === 'string') ? ids : undefined;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
