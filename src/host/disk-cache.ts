import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { AnswerStore } from '../model/kept-answers.ts';
import { reasonOf } from './system-error.ts';

/** Bytes of all entries together; those that were not used for longest go first. */
const defaultLimit = 256 * 1024 * 1024;
/** Of one entry: what is larger was not written by us. */
const entryLimit = 128 * 1024 * 1024;
/** Milliseconds after which a file that is being written belongs to a process that is gone. */
const abandonedAfter = 60 * 60 * 1000;

export interface DiskCacheOptions {
  readonly folder: string;
  /** Of the analyzer: what another one kept is made anew. */
  readonly version: string;
  /** Told what a person may want to know, in one line. */
  readonly log: (notice: string) => void;
  readonly limit?: number;
  /** Replaced by tests: a disk may be full. */
  readonly writeFile?: (file: string, text: string) => void;
}

/**
 * Entries as files of one folder. Each begins with a line that tells what wrote it and what the rest must be, so that one that is
 * damaged is never believed. It is written under a name of its own and then renamed: of two processes that write one entry, both
 * write a whole one. Where the disk refuses, that is said once and nothing more is written.
 */
export function openDiskCache({ folder, version, log, limit = defaultLimit, writeFile = writeWhole }: DiskCacheOptions): AnswerStore {
  let isWritable = true;
  let isOlderSaid = false;
  const fileOf = (key: string): string => path.join(folder, `${key}.answer`);
  const again = (what: string): void => log(`cache: ${what}; it is made anew`);
  return {
    digest,
    damaged: (key) => again(`${path.basename(fileOf(key))} is damaged`),
    read(key) {
      const file = fileOf(key);
      const text = readEntry(file);
      if (text === undefined) return undefined;
      const end = text.indexOf('\n');
      const body = text.slice(end + 1);
      const [name, by, sum] = text.slice(0, Math.max(end, 0)).split(' ');
      if (name === 'lockstep-cache' && by !== version && by !== undefined) {
        if (!isOlderSaid) again('what is there was kept by another version');
        isOlderSaid = true;
        return undefined;
      }
      if (name !== 'lockstep-cache' || sum !== digest(body)) {
        again(`${path.basename(file)} is damaged`);
        return undefined;
      }
      touch(file);
      return body;
    },
    write(key, body) {
      if (!isWritable) return;
      const file = fileOf(key);
      const own = `${file}.${process.pid}.part`;
      try {
        mkdirSync(folder, { recursive: true, mode: 0o700 });
        writeFile(own, `lockstep-cache ${version} ${digest(body)}\n${body}`);
        renameSync(own, file);
        removeOldest(folder, limit, file);
      } catch (error) {
        isWritable = false;
        remove(own);
        log(`cache: nothing is kept: cannot write ${folder}: ${reasonOf(error, folder)}`);
      }
    },
  };
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function writeWhole(file: string, text: string): void {
  // Never through a link that somebody else has put there.
  writeFileSync(file, text, { flag: 'wx', mode: 0o600 });
}

/** Undefined also where it cannot be read: then it is written again, or that is said. */
function readEntry(file: string): string | undefined {
  try {
    const stat = statSync(file);
    return stat.isFile() && stat.size <= entryLimit ? readFileSync(file, 'utf8') : undefined;
  } catch {
    return undefined;
  }
}

/** It was used: others go before it. */
function touch(file: string): void {
  try {
    const now = new Date();
    utimesSync(file, now, now);
  } catch {
    // It is read all the same.
  }
}

function remove(file: string): void {
  try {
    rmSync(file, { force: true });
  } catch {
    // Another process may have, or there is no such folder.
  }
}

function removeOldest(folder: string, limit: number, written: string): void {
  const entries = readdirSync(folder).flatMap((name) => {
    const file = path.join(folder, name);
    const stat = statSync(file, { throwIfNoEntry: false });
    return stat?.isFile() === true ? [{ file, size: stat.size, time: stat.mtimeMs }] : [];
  });
  let total = entries.reduce((sum, { size }) => sum + size, 0);
  for (const { file, size, time } of entries.sort((a, b) => a.time - b.time)) {
    const isAbandoned = file.endsWith('.part') && time < Date.now() - abandonedAfter;
    if (!isAbandoned && (total <= limit || file === written || !file.endsWith('.answer'))) continue;
    remove(file);
    total -= size;
  }
}
