import { located } from './run-error.ts';
import { get, type System } from './system.ts';

/** Number of the first condition that must hold once nothing goes on, and does not in a state; -1 if there is none. */
export function brokenFinal(system: System, state: Int32Array): number {
  const { setup, fields, fieldValues } = system;
  return setup.finals.findIndex(({ condition, locals, place }) => {
    const read = (variable: number): number => fieldValues.values[variable]![get(state, 0, fields[variable]!)]!;
    const unfinished = (subject: number): number =>
      setup.threads.some((thread, t) => thread.subject === subject && system.places[system.placeOf(state, 0, t)]!.step !== undefined)
        ? 1
        : 0;
    try {
      return setup.memory.evaluate(condition, locals, read, unfinished) === 0;
    } catch (error) {
      throw located(error, () => place);
    }
  });
}
