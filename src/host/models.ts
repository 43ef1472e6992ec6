import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { compileModel } from '../model/compile-model.ts';
import type { ModelProgram } from '../model/simulate.ts';
import { findBeside, ownFolder } from './beside.ts';

/** Models that come with Lockstep, in the order in which they are offered. */
export const shippedNames = ['before', 'patched', 'followup'] as const;

interface Shipped {
  readonly name: string;
  /** The file, relative to the folder of the models. */
  readonly file: string;
  readonly program: ModelProgram;
}

let shipped: readonly Shipped[] | undefined;

/** A model by the name it is shipped under; undefined if there is none. Compiled when Lockstep was built. */
export async function shippedModel(name: string): Promise<ModelProgram | undefined> {
  if (!(shippedNames as readonly string[]).includes(name)) return undefined;
  const compiled = findBeside(['models.json']);
  if (compiled !== undefined) {
    shipped ??= JSON.parse(readFileSync(compiled, 'utf8')) as readonly Shipped[];
    return shipped.find((model) => model.name === name)?.program;
  }
  // Not built: run from its source.
  const file = findBeside([`src/model/vcpu/${name}.model.ts`]);
  if (file === undefined) return undefined;
  const compile = await loadCompiler();
  return compile(readFileSync(file, 'utf8'), `${name}.model.ts`).program;
}

/** The compiler of models, which is loaded only when one has to be compiled. */
export async function loadCompiler(): Promise<typeof compileModel> {
  const bundle = path.join(ownFolder(), 'model-compiler.cjs');
  if (existsSync(bundle)) return (createRequire(bundle)(bundle) as { compileModel: typeof compileModel }).compileModel;
  const source = pathToFileURL(path.join(ownFolder(), '../model/compile-model.ts')).href;
  return ((await import(source)) as { compileModel: typeof compileModel }).compileModel;
}
