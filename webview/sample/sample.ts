import type { FromPage, ToPage } from '../../src/protocol/diagram.ts';
import type { FromReviewPage, ToReviewPage } from '../../src/protocol/review-page.ts';
import { reviews } from './reviews.ts';
import { samples } from './samples.ts';
import './themes.css';

/** Stands in for VS Code: `#sample/theme` says what is shown and how. What the page says is kept in `posted` for tests. */
const posted: (FromPage | FromReviewPage)[] = [];
const asked = (): readonly string[] => location.hash.slice(1).split('/');

Object.assign(globalThis, {
  posted,
  acquireVsCodeApi: () => ({
    postMessage: (message: FromPage | FromReviewPage): void => {
      posted.push(message);
      if (message.type === 'ready' && !sessionStorage.getItem('state')) show();
    },
    getState: (): unknown => JSON.parse(sessionStorage.getItem('state') ?? 'null') ?? undefined,
    setState: (state: unknown): void => sessionStorage.setItem('state', JSON.stringify(state)),
  }),
});

setTheme();
addEventListener('hashchange', () => {
  setTheme();
  show();
});

function show(): void {
  const review = reviews[asked()[0]!];
  if (review) return postMessage({ type: 'review', view: review() } satisfies ToReviewPage);
  const view = (samples[asked()[0]!] ?? samples['deadlock']!)();
  postMessage({ type: 'show', view, hasDetails: true } satisfies ToPage);
}

function setTheme(): void {
  const theme = asked()[1] ?? 'dark';
  const kind = { light: 'vscode-light', hc: 'vscode-high-contrast', 'hc-light': 'vscode-high-contrast-light' }[theme] ?? 'vscode-dark';
  document.body.className = kind;
  document.body.dataset['vscodeThemeKind'] = kind;
}
