import type { Call, FunctionIr } from '../ir/program.ts';

/** A fact of one variable as one of another. */
export function renamed(key: string, variable: string, other: string): string {
  if (key === variable) return other;
  return variable === other ? key : key.replace(new RegExp(`(?<![\\w.>#])${variable}\\b`, 'g'), other);
}

/** The only variable that a fact speaks of; constants, fields and names of functions do not count. */
export function soleVariable(key: string): string | undefined {
  if (sole.has(key)) return sole.get(key);
  if (sole.size >= mostKept) sole.clear();
  const only = findSole(key);
  sole.set(key, only);
  return only;
}

const sole = new Map<string, string | undefined>();
const mostKept = 20_000;

function findSole(key: string): string | undefined {
  let only: string | undefined;
  for (const match of key.matchAll(/(?<![\w.>@#])([a-z_]\w*)(?!\w*\()/gi)) {
    const name = match[1]!;
    if (/^[A-Z0-9_]+$/.test(name) || name === only) continue;
    if (only !== undefined) return undefined;
    only = name;
  }
  return only;
}

/** A fact as callers may know it: of parameters, not of locals that lead to an object of theirs. */
export function ofParameters(key: string, { aliases = [] }: Pick<FunctionIr, 'aliases'>): string {
  return aliases.reduce((text, { variable, object }) => (text.includes(`${variable}->`) ? renamed(text, variable, object) : text), key);
}

/** A fact as the function itself would know it. */
function ofLocals(key: string, { aliases = [] }: Pick<FunctionIr, 'aliases'>): string {
  return aliases.reduce((text, { variable, object }) => text.replace(`${object}->`, `${variable}->`), key);
}

/** A caller's fact as the callee would know it; undefined where it means nothing there. */
export function inCallee(key: string, call: Call, caller: FunctionIr, callee: FunctionIr): string | undefined {
  const passes = (variable: string | undefined): number =>
    variable === undefined ? -1 : call.arguments.findIndex((argument) => argument.variable === variable);
  const isPassed = passes(soleVariable(key)) >= 0;
  const text = isPassed ? key : ofParameters(key, caller);
  const variable = soleVariable(text);
  const parameter = callee.parameters[passes(variable)];
  return variable === undefined || parameter === undefined ? undefined : ofLocals(renamed(text, variable, parameter), callee);
}

/** What a callee knows or asks of a parameter, as its caller would. */
export function asArgument(key: string, call: Call, callee: FunctionIr, caller: FunctionIr): string | undefined {
  const text = ofParameters(key, callee);
  const parameter = soleVariable(text);
  const argument = parameter === undefined ? undefined : call.arguments[callee.parameters.indexOf(parameter)];
  const variable = argument?.variable ?? argument?.base;
  return variable === undefined ? undefined : ofLocals(renamed(text, parameter!, variable), caller);
}
