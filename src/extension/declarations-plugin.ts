import path from 'node:path';
import type ts from 'typescript';

/** Beside the bundles of the extension, which this one is a package of. */
const declarations = path.join(__dirname, '../../dist/lockstep-model.d.ts').replaceAll('\\', '/');

/**
 * Runs in TypeScript's own server, where the editor loads it: models that no tsconfig.json speaks for know the names of their
 * language, and nothing is written beside them. Others are left alone: files called *.model.ts are common.
 */
export default function init({ typescript }: { readonly typescript: typeof ts }): ts.server.PluginModule {
  return {
    create: ({ project, languageService, languageServiceHost }) => {
      if (project.projectKind === typescript.server.ProjectKind.Inferred) declare(languageServiceHost, typescript);
      return languageService;
    },
  };
}

function declare(host: ts.LanguageServiceHost, { ModuleDetectionKind }: typeof ts): void {
  const files = host.getScriptFileNames.bind(host);
  const settings = host.getCompilationSettings.bind(host);
  const isModel = (file: string): boolean => file.endsWith('.model.ts') && isModelText(textOf(host, file));
  host.getScriptFileNames = () => {
    const names = files();
    return names.some(isModel) ? [...names, declarations] : names;
  };
  // Loose files of a workspace are one project: names of JavaScript stay where some are no models. Which target was meant for
  // those says whether a loop asks for an iterator, which models have none of.
  host.getCompilationSettings = () => {
    const [given, names] = [settings(), files()];
    if (names.length === 0 || !names.every(isModel)) return given;
    const models = { noLib: true, lib: undefined, types: [], target: undefined, strict: true, moduleDetection: ModuleDetectionKind.Force };
    return { ...given, ...models };
  };
}

function textOf(host: ts.LanguageServiceHost, file: string): string {
  const text = host.getScriptSnapshot(file);
  return text?.getText(0, text.getLength()) ?? '';
}

/** As the server tells them (model-diagnostics.ts). */
function isModelText(text: string): boolean {
  return /\bscenario\s*\(/.test(text);
}
