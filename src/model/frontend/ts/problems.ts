import type { Range } from '../../source/location.ts';

/** Something of a model that is not of the language, and where. */
export interface ModelProblem {
  readonly at: Range;
  readonly message: string;
}

/** Problems of one model that are told. */
const problemLimit = 100;

/** What cannot be read on from here. */
class OutsideLanguage extends Error {
  constructor(readonly problem: ModelProblem) {
    super(problem.message);
  }
}

/** The problems of one model. What is wrong in one place does not hide what is wrong in the next. */
export class Problems {
  private readonly told = new Map<string, ModelProblem>();

  /** Several passes may find the same. */
  tell(at: Range, message: string): void {
    if (this.told.size < problemLimit) this.told.set(`${at.start}:${at.end}:${message}`, { at, message });
  }

  refuse(at: Range, message: string): never {
    throw new OutsideLanguage({ at, message });
  }

  /** The nearest whole around what is refused: it becomes `instead`, and reading goes on behind it. */
  recover<T>(read: () => T, instead: T): T {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof OutsideLanguage)) throw error;
      this.tell(error.problem.at, error.problem.message);
      return instead;
    }
  }

  sorted(): readonly ModelProblem[] {
    return [...this.told.values()].sort((a, b) => a.at.start - b.at.start || a.at.end - b.at.end);
  }
}
