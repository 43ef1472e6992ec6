import { properties, type Deed, type MadeRun, type ModelProgram } from '../model/simulate.ts';
import { LineIndex } from '../model/source/text.ts';
import { numberOfMove, sequenceOfRun } from '../model/trace/from-run.ts';
import type { Sequence, SequencePlace } from '../model/trace/sequence.ts';
import type { SimulationTrace } from '../protocol/simulation.ts';
import type { ModelTree } from './model-tree.ts';
import { uriOf } from './places.ts';

interface About {
  readonly title: string;
  readonly program: ModelProgram;
  readonly found: ModelTree | undefined;
  /** Of the model, where it is a file. */
  readonly modelUri: string | undefined;
  /** The run of another version that it is to be seen beside. */
  readonly beside?: Sequence;
}

/** A run as a diagram shows it, with the places of its steps: in the model, and in C if a tree has the function. */
export function traceOf(run: MadeRun, { title, program, found, modelUri, beside }: About): SimulationTrace {
  const lines = new LineIndex(program.text);
  const places = ({ functions, at }: Deed) => {
    const line = found?.lines.at(functions.at(-1) ?? '', at);
    const source: SequencePlace | undefined = found &&
      line && { ...inTree(found, line.file), line: line.line, isOperation: line.isOperation };
    const model: SequencePlace | undefined = at && {
      ...(modelUri !== undefined && { uri: modelUri }),
      ...{ path: program.file, line: lines.line(at.start), isOperation: true },
    };
    return { ...(source && { source }), ...(model && { model }) };
  };
  // One that was broken before the turn is broken all the same.
  const property = run.property ?? run.earlier?.[0]?.property;
  return {
    ...(property !== undefined && { property }),
    message: run.verdict ?? run.message,
    sequence: sequenceOfRun(run, { title, places, ...(beside && { beside }) }),
    schedule: {
      digest: run.digest,
      properties: properties.filter((each) => run.properties.includes(each)),
      initial: run.initial,
      moves: run.moves.map(numberOfMove),
      before: run.steps.map(({ moves }) => moves),
    },
  };
}

function inTree({ root }: ModelTree, file: string): Pick<SequencePlace, 'uri' | 'path'> {
  return { uri: uriOf(root, file), path: file };
}
