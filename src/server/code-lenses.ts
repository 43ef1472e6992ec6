import type { CodeLens, CodeLensParams } from 'vscode-languageserver/node';
import { plainLine } from '../model/report/plain.ts';
import type { FunctionLocks } from '../model/reviewer-api.ts';
import { fileOf, isKernelSource, toRange } from './places.ts';
import { settingsOf } from './review.ts';
import { placeInSession, type Session } from './session.ts';

/** Names told of a list; the rest is counted. */
const longest = 3;

/** What each function of a file does with locks, above it. */
export async function codeLenses(session: Session, { textDocument }: CodeLensParams, signal: AbortSignal): Promise<CodeLens[]> {
  const file = fileOf(textDocument.uri);
  if (file === undefined || !isKernelSource(file, session.documents.get(file)?.languageId)) return [];
  const place = placeInSession(session, file);
  try {
    const { orders, codeLens } = await settingsOf(session, place);
    if (!codeLens) return [];
    const functions = await session.thread.ask({ kind: 'functions', root: place.root, path: place.path, orders }, { signal });
    return (functions ?? []).map((fn) => {
      const { start } = toRange(fn.at);
      // No command: it says something, and does nothing.
      return { range: { start, end: start }, command: { title: functionText(fn), command: '' } };
    });
  } catch (error) {
    session.connection.console.error(`cannot tell what ${place.path} does: ${error instanceof Error ? error.message : String(error)}`);
    return [];
  }
}

/** `takes a · needs b held · may sleep`. */
export function functionText({ takes, asserts, always, returnsHeld, releases, sleeps }: FunctionLocks): string {
  const named = (of: FunctionLocks['releases']): readonly string[] =>
    of.map(({ lockClass, isSure }) => `${isSure ? '' : 'at times '}${lockClass}`);
  const parts = [
    part('takes', takes),
    part('needs', asserts, 'held'),
    part('always called with', always, 'held'),
    part('gives back', named(releases)),
    part('returns with', named(returnsHeld), 'held'),
    sleeps === undefined ? '' : sleeps === 'may' ? 'may sleep' : 'may sleep if its allocation flags allow it',
  ];
  return parts.filter((text) => text !== '').join(' · ');
}

function part(verb: string, names: readonly string[], after?: string): string {
  if (names.length === 0) return '';
  return [verb, listed(names), ...(after === undefined ? [] : [after])].join(' ');
}

/** The first of several names, and how many there are besides. */
export function listed(names: readonly string[]): string {
  const more = names.length > longest ? ` and ${names.length - longest} more` : '';
  return names.slice(0, longest).map(plainLine).join(', ') + more;
}
