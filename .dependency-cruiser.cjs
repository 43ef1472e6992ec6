// Who may import whom. `npm run check` runs this; the same table, for people, is in ARCHITECTURE.md.

/** The parts of src/model: what each may import of the others, as values and as types alone. */
const parts = {
  source: { why: 'Text and places know nothing but themselves.' },
  ir: { values: ['source'], why: 'The locking IR is plain data over places in the source.' },
  'frontend/c': { values: ['ir', 'source'], why: 'A front end turns syntax into IR; what the IR is used for is not its business.' },
  'frontend/ts': { values: ['ir', 'source'], why: 'Models lower to the same IR as C; what runs them is not its business.' },
  orders: { values: ['source'], why: 'Documented orders are read from text, with no C parser.' },
  lockdep: { values: ['ir'], why: 'What lockdep would say is a question about graphs of locks.' },
  analysis: {
    values: ['ir', 'source', 'lockdep'],
    types: ['orders'],
    why: 'Analysis takes IR and rules, whatever language or document they came from.',
  },
  checks: { values: ['analysis', 'orders', 'ir', 'source'], why: 'A check asks the analysis; it never reads syntax.' },
  explore: {
    values: ['ir', 'lockdep'],
    types: ['source'],
    why: 'Exploration runs a closed program of the IR, whatever language it came from.',
  },
  'c-lines': { values: ['source'], types: ['ir'], why: 'A line of C is found in its text, for whoever shows a step of a model.' },
  drift: { values: ['ir', 'source'], why: 'Drift compares IR with IR, whatever languages they came from.' },
  path: { values: ['analysis', 'checks', 'ir', 'source'], why: 'A path is read from what the analysis knows; nothing is reported.' },
  trace: {
    types: ['explore', 'path'],
    why: 'A sequence is plain data; rendering it needs nothing but the data, so that a web page can do it too.',
  },
  explain: {
    types: ['checks', 'trace'],
    why: 'An explanation is made of what a finding carries: nothing is looked up.',
  },
  fixes: { values: ['source'], types: ['checks'], why: 'A fix is an edit of the text that a finding is in; nothing is analyzed for it.' },
  patch: { values: ['source'], why: 'A patch is text about text: what it changes in the locking is asked by who reviews it.' },
  export: { values: ['explore'], types: ['ir'], why: 'An export writes down what would be explored.' },
  compare: {
    values: ['analysis', 'checks', 'ir', 'source'],
    types: ['orders', 'patch'],
    why: 'What a patch changes is told from two analyses and the lines of the patch.',
  },
  report: {
    values: ['source', 'compare'],
    types: ['checks', 'orders', 'path', 'patch'],
    why: 'A report renders findings and changes as they are; it computes none.',
  },
};

/** Each package has one home, so that it can be replaced there. */
const homes = {
  vscode: 'src/extension',
  'vscode-languageclient': 'src/extension',
  'vscode-languageserver': 'src/server',
  'vscode-languageserver-textdocument': 'src/server',
  'web-tree-sitter': 'src/model/frontend/c',
  'ts-morph': 'src/model/frontend/ts',
  diff: 'src/model/patch',
  'postal-mime': 'src/model/patch',
  valibot: 'src/protocol',
  mermaid: 'webview',
  '@vscode/webview-ui-toolkit': 'webview',
};

const node = '^node:|^(assert|buffer|child_process|crypto|fs|os|path|process|stream|url|util|worker_threads)(/|$)';
const notTypes = { dependencyTypesNot: ['type-only'] };

/** Files right in src/model stand above its parts: the factory, what it is split into, and the types it speaks. */
const factory = '^src/model/[^/]+[.]ts$';

module.exports = {
  forbidden: [
    {
      name: 'no-cycles',
      comment: 'Two files that import each other are one file. Types may look back at where they are used.',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'resolvable',
      comment: 'An import leads to a file or to an installed package; only the editor brings its own module, vscode.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true, pathNot: '^vscode$' },
    },
    {
      name: 'only-runtime-packages',
      comment: 'What ships is bundled from dependencies; a package for development may lend its types, nothing else.',
      severity: 'error',
      from: { path: '^(src|webview)/' },
      to: {
        dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'],
        dependencyTypesNot: ['type-only'],
        pathNot: '(^|/)node_modules/@types/vscode/',
      },
    },
    {
      name: 'source-without-tests',
      comment: 'What ships does not depend on tests, scripts or samples.',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^(test|scripts|samples|bench)/' },
    },
    {
      name: 'model-runs-anywhere',
      comment: 'The core runs in a browser, a worker or a test: files, clock and settings come in as arguments, never from Node.',
      severity: 'error',
      from: { path: '^src/model/' },
      to: { path: node },
    },
    {
      name: 'model-alone',
      comment: 'The core knows none of its shells.',
      severity: 'error',
      from: { path: '^src/model/' },
      to: { path: '^(src/(?!model/)|webview/)' },
    },
    {
      name: 'model-without-packages',
      comment:
        'The core uses a parser for each language, in its front end, and for mails and diffs. Types of the SARIF format are no code.',
      severity: 'error',
      from: { path: '^src/model/' },
      to: { path: '(^|/)node_modules/|^vscode$', pathNot: '(^|/)node_modules/(web-tree-sitter|ts-morph|diff|postal-mime|@types/sarif)/' },
    },
    {
      name: 'model-parts-below-factory',
      comment: 'The factory puts the parts together; a part that wants it has been put at the wrong height. Its types may be rendered.',
      severity: 'error',
      from: { path: '^src/model/', pathNot: factory },
      to: { path: factory, ...notTypes },
    },
    {
      name: 'factory-types-in-reports-only',
      comment: 'Requests and answers of the reviewer are for shells and reports; the parts below speak their own types.',
      severity: 'error',
      from: { path: '^src/model/', pathNot: `${factory}|^src/model/report/` },
      to: { path: factory },
    },
    {
      name: 'part-in-table',
      comment: 'A new part of the model gets its row in the table above before it imports anything.',
      severity: 'error',
      from: { path: '^src/model/[^/]+/', pathNot: Object.keys(parts).map((part) => `^src/model/${part}/`) },
      to: {},
    },
    {
      name: 'lsp-starts-server',
      comment: 'The command `lockstep lsp` starts the server and uses nothing else of it.',
      severity: 'error',
      from: { path: '^src/cli/lsp[.]ts$' },
      to: { path: '^src/(server|extension)/', pathNot: '^src/server/start-server[.]ts$' },
    },
    ...Object.entries(parts).flatMap(([part, rule]) => partRules(part, rule)),
    ...Object.entries(homes).map(([name, home]) => ({
      name: `home-of-${name}`,
      comment: `${name} is imported in ${home} and nowhere else.`,
      severity: 'error',
      from: { pathNot: `^${home}/` },
      to: { path: name === 'vscode' ? '^vscode$|(^|/)node_modules/@types/vscode/' : `(^|/)node_modules/${name}/` },
    })),
    {
      name: 'extension-through-server',
      comment:
        'All that the extension shows comes through the server: it imports the messages, types of the core, and what writes down a sequence.',
      severity: 'error',
      from: { path: '^src/extension/' },
      to: { path: '^src/(model|host|server|cli)/', pathNot: '^src/model/trace/', ...notTypes },
    },
    {
      name: 'shells-apart',
      comment: 'Server and command line each stand on the core, the host and the messages; `lockstep lsp` alone starts the server.',
      severity: 'error',
      from: { path: '^src/(server|cli)/', pathNot: '^src/cli/lsp[.]ts$' },
      to: { path: '^src/', pathNot: ['^src/$1/', '^src/(model|host|protocol)/'] },
    },
    {
      name: 'shells-through-factory',
      comment: 'Shells ask the reviewer and render reports; they do not reach into the front end or the analysis.',
      severity: 'error',
      from: { path: '^src/(server|cli|host)/' },
      to: { path: '^src/model/(ir|frontend|lockdep|analysis|explore)/' },
    },
    {
      name: 'host-beside-core',
      comment: 'The host reads disks for the core: it knows Node and the shapes of the core, no shell.',
      severity: 'error',
      from: { path: '^src/host/' },
      to: { path: '^src/', pathNot: ['^src/host/', '^src/model/'] },
    },
    {
      name: 'host-without-packages',
      comment: 'Reading files needs nothing but Node.',
      severity: 'error',
      from: { path: '^src/host/' },
      to: { path: '(^|/)node_modules/|^vscode$' },
    },
    {
      name: 'protocol-is-types',
      comment: 'Messages are types, and schemas of them: they may name types of the core and bring no code of it along.',
      severity: 'error',
      from: { path: '^src/protocol/' },
      to: { pathNot: ['^src/protocol/', '(^|/)node_modules/valibot/'], ...notTypes },
    },
    {
      name: 'page-alone',
      comment: 'The page knows sequences and messages. All else it is told, and Node and the editor are not there.',
      severity: 'error',
      from: { path: '^webview/' },
      to: {
        path: ['^(src|test|scripts|samples|bench)/', node, '^vscode$'],
        pathNot: ['^src/model/trace/', '^src/protocol/(diagram|review-page)'],
      },
    },
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
      mainFields: ['module', 'main', 'types'],
    },
  },
};

function partRules(part, { values = [], types = [], why }) {
  const allowed = [part, ...values, ...types].map((name) => `^src/model/${name}/`);
  const name = part.replace('/', '-');
  const inside = { path: '^src/model/', pathNot: [...allowed, factory] };
  const rules = [{ name: `part-${name}`, comment: why, severity: 'error', from: { path: `^src/model/${part}/` }, to: inside }];
  if (types.length === 0) return rules;
  const comment = `${why} Of ${types.join(', ')} it uses types only.`;
  const to = { path: types.map((type) => `^src/model/${type}/`), ...notTypes };
  return [...rules, { name: `part-${name}-types`, comment, severity: 'error', from: { path: `^src/model/${part}/` }, to }];
}
