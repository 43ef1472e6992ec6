// A bundle of its own: the TypeScript parser is large, and needed only for models that are not shipped.
export { compileModel, type ModelProblem } from './frontend/ts/compile.ts';
