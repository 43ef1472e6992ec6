import type { LockPath, PathStep } from '../path/lock-path.ts';
import type { PathsResult } from '../reviewer-api.ts';
import { count, jsonText, plain } from './plain.ts';

/** The contract's number: raised when a field changes its meaning or goes away, not when one is added. */
const version = 1;

/** Paths, the shortest first, one line a step; then what was left out. */
export function renderPaths({ paths, isCut, problems }: PathsResult): string {
  const lines = paths.flatMap((path, i) => pathLines(path, i, paths.length));
  for (const { file, line, message } of problems) lines.push(`${file}${line > 0 ? `:${line}` : ''}: problem: ${message}`);
  lines.push(`${paths.length === 0 ? 'no path' : count(paths.length, 'path')}${isCut ? '; there may be more than were followed' : ''}`);
  return lines.map((line) => `${plain(line)}\n`).join('');
}

function pathLines(path: LockPath, index: number, total: number): string[] {
  const way = path.functions.filter((fn) => !fn.isAside);
  const held = path.steps[path.steps.length - 1]!.held.map(({ lockClass }) => lockClass);
  return [
    `path ${index + 1} of ${total}: ${way.map(({ name }) => name).join(' > ')}`,
    ...path.steps.flatMap((step) => stepLines(step, path)),
    `  held at the end: ${held.join(', ') || 'nothing'}`,
    ...(path.config.length > 0 ? [`  configuration: ${path.config.join(', ')}`] : []),
    '',
  ];
}

function stepLines(step: PathStep, { functions }: LockPath): string[] {
  const { at, via, held, breaks } = step;
  const through = via === undefined ? '' : ` through ${via}`;
  const holding = step.kind === 'call' && held.length > 0 ? `, holding ${held.map(({ lockClass }) => lockClass).join(', ')}` : '';
  return [
    `  ${at.file}:${at.line}: ${functions[step.function]!.name}: ${step.text}${through}${holding}`,
    ...breaks.map((order) => `    documented order broken: ${order.file}:${order.line}: ${order.text}`),
  ];
}

/** Keys are listed here one by one: what the model adds to its types reaches scripts only on purpose. */
export function renderPathsJson({ paths, isCut, problems }: PathsResult): string {
  return jsonText({
    version,
    paths: paths.map(({ steps, functions }) => steps.map((step) => stepJson(step, functions[step.function]!.name))),
    isCut,
    problems: problems.map(({ file, line, message }) => ({ file, line, message })),
  });
}

function stepJson({ at, text, held, via, breaks }: PathStep, name: string): object {
  return {
    file: at.file,
    line: at.line,
    function: name,
    text,
    held: held.map(({ lockClass }) => lockClass),
    ...(via !== undefined && { via }),
    ...(breaks.length > 0 && { orders: breaks.map(({ file, line, text: order }) => ({ file, line, text: order })) }),
  };
}
