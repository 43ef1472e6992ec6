import type { Analysis } from './analyze.ts';
import type { FileCache } from './frontend/c/file-cache.ts';
import { findPaths, mergePaths } from './path/find-paths.ts';
import type { Definition, LockPath } from './path/lock-path.ts';
import { similarNames } from './path/similar.ts';
import { findAims } from './path/target.ts';
import type { PathsRequest, PathsResult, Progress } from './reviewer-api.ts';
import { groupsAround, sourcesBelow, type Group } from './scope.ts';
import { compareLocations, type Problem } from './source/location.ts';
import { architectureOf, type Tree } from './source/tree.ts';

/** What a request for paths needs to be read. */
export interface PathScope {
  /** Where C files define the target, told from their text; of a line, the line. Empty where it may be in a header. */
  readonly definitions: readonly Definition[];
  /** None where the target is not found, or is found in several files. */
  readonly groups: readonly Group[];
  /** Files that were looked through. */
  readonly searched: readonly string[];
}

export function pathScope({ paths, target }: PathsRequest, tree: Tree, cache: FileCache, step: (progress?: Progress) => void): PathScope {
  const below = sourcesBelow(paths, tree, cache);
  const whole = 'function' in target && target.file === undefined && paths.length === 0;
  const searched = whole ? sourcesBelow([''], tree, cache) : below;
  const definitions = definitionsIn('function' in target && target.file !== undefined ? [target.file] : searched);
  const files = filesOf(definitions);
  if (files.size > 1 || (files.size === 0 && below.length === 0)) return { definitions, groups: [], searched };
  const architectures = new Set(below.flatMap((path) => architectureOf(path) ?? []));
  const groups = groupsAround(below, [...files, ...paths.filter((path) => cache.exists(path))], tree, cache).filter(
    ({ architecture, sources }) =>
      // Generic code is linked with x86 unless another architecture is asked for.
      (architectures.size === 0 || architectures.has(architecture)) &&
      [...files].every((file) => !file.endsWith('.c') || sources.includes(file)),
  );
  return { definitions, groups, searched };

  function definitionsIn(sources: readonly string[]): readonly Definition[] {
    if (!('function' in target)) return [{ function: '', ...target }];
    const name = target.function;
    return sources.flatMap((path, i) => {
      step({ phase: 'index', done: i, total: sources.length });
      const read = tree.read(path);
      // Only files that have the name are scanned.
      if (!('text' in read) || !read.text.includes(name)) return [];
      const file = cache.get(path);
      const items = file?.scanned.items.filter((item) => item.kind === 'function' && item.name === name) ?? [];
      return items.map((item) => ({ function: name, file: path, line: file!.lines.line(item.start) }));
    });
  }
}

/** Paths in what was read, with what else there is to say of them. */
export function answerPaths(
  { target }: PathsRequest,
  scope: PathScope,
  analyses: readonly Analysis[],
  tree: Tree,
  step: () => void,
): PathsResult {
  const files = filesOf(scope.definitions);
  const aims = analyses.map(({ program }) => findAims(program, target).filter(({ fn }) => files.size === 0 || files.has(fn.ir.file)));
  const defined = aims.flat().map(({ fn }) => ({ function: fn.ir.name, file: fn.ir.file, line: fn.locate(fn.ir.range).line }));
  const definitions = distinct(analyses.length > 0 ? defined : scope.definitions);
  if (filesOf(definitions).size !== 1) {
    const searched = [...scope.searched, ...analyses.flatMap(({ unit }) => unit.sources)];
    return { paths: [], isCut: false, definitions, similar: definitions.length === 0 ? similarTo(searched) : [], problems: [] };
  }
  const found: LockPath[] = [];
  const problems: Problem[] = [];
  let isCut = false;
  for (const [i, analysis] of analyses.entries()) {
    const some = findPaths(analysis, aims[i]!, step);
    found.push(...some.paths);
    isCut ||= some.isCut;
    if (!some.isForced || some.paths.length === 0) continue;
    const { file, line, function: name } = definitions[0]!;
    problems.push({
      file,
      line,
      message: `conditions on every path to ${name} contradict each other as far as they are understood: they are ignored`,
    });
  }
  return { paths: mergePaths(found), isCut, definitions, similar: [], problems };

  function similarTo(sources: readonly string[]): readonly string[] {
    return 'function' in target ? similarNames(target.function, namesIn(sources)) : [];
  }

  /** Names that stand before a parenthesis at the left margin, as definitions do: a glance is enough for a guess. */
  function* namesIn(sources: readonly string[]): Iterable<string> {
    for (const path of sources) {
      step();
      const read = tree.read(path);
      if ('text' in read) for (const [, name] of read.text.matchAll(/^(?:\w[\w \t*]{0,80}[ \t*])?(\w{1,80})\(/gm)) yield name!;
    }
  }
}

function filesOf(definitions: readonly Definition[]): ReadonlySet<string> {
  return new Set(definitions.map(({ file }) => file));
}

function distinct(definitions: readonly Definition[]): readonly Definition[] {
  const byPlace = new Map(definitions.map((definition) => [`${definition.file}:${definition.line}`, definition]));
  return [...byPlace.values()].sort((a, b) => compareLocations({ ...a, column: 0 }, { ...b, column: 0 }));
}
