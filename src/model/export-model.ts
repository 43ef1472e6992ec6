import { System } from './explore/system.ts';
import { moduleName, toTla } from './export/tla.ts';
import { toPromela } from './export/promela.ts';
import type { ModelProgram } from './ir/execution.ts';
import { runOf, runSettings, type SimulationRequest } from './simulate.ts';

/** A scenario of a model as text for SPIN or TLC. Throws `RequestError` and `RunError` as `simulate` does. */
export function exportModel(
  program: ModelProgram,
  request: Pick<SimulationRequest, 'scenario' | 'vcpus' | 'rounds' | 'with' | 'properties'>,
  language: 'promela' | 'tla',
): string {
  const run = runOf(program, request);
  const system = new System(program, runSettings(program, run, []));
  const title = `${program.file}: ${run.title}`;
  const options = { text: program.text, deadlocks: run.properties.includes('deadlock') };
  if (language === 'promela') return toPromela(system, title, options);
  const { module, config } = toTla(system, moduleName(program.file), options);
  return `${module}\n(* The configuration, for a file of the same name that ends in .cfg:\n\n${config}\n*)\n`;
}
