import type { DiagramView, FromPage, Selected, ToPage } from '../src/protocol/diagram.ts';
import { readToPage, readView } from '../src/protocol/diagram-messages.ts';
import { readToReviewPage, type FromReviewPage, type ToReviewPage } from '../src/protocol/review-page.ts';

/** What VS Code gives a page, once. */
interface Api {
  postMessage(message: FromPage | FromReviewPage): void;
  getState(): unknown;
  setState(state: Kept | KeptScope): void;
}

/** What outlives a reload of the window. */
export interface Kept {
  readonly view: DiagramView;
  readonly selected: Selected;
  /** 0: fitted to the width. */
  readonly zoom: number;
  readonly isStateHidden: boolean;
}

/** Of a review: which part of it is shown. */
export interface KeptScope {
  readonly title: string;
  readonly scope: number;
}

declare function acquireVsCodeApi(): Api;

const api = acquireVsCodeApi();

export function post(message: FromPage): void {
  api.postMessage(message);
}

export function postReview(message: FromReviewPage): void {
  api.postMessage(message);
}

export function keep(kept: Kept): void {
  api.setState(kept);
}

/** What was kept, as far as it can still be read. */
export function kept(): Kept | undefined {
  const state = api.getState() as Partial<Kept> | undefined;
  const view = readView(state?.view);
  if (!view) return undefined;
  const { column, step } = state?.selected ?? {};
  const zoom = typeof state?.zoom === 'number' && state.zoom >= 0 ? state.zoom : 0;
  const isStateHidden = state?.isStateHidden === true;
  return { view, selected: { column: wholeNumber(column), step: wholeNumber(step) }, zoom, isStateHidden };
}

export function keepScope(kept: KeptScope): void {
  api.setState(kept);
}

/** The part that was shown of a review with this title; else the first. */
export function keptScope(wanted: string): number {
  const { title, scope } = (api.getState() ?? {}) as Partial<KeptScope>;
  return title === wanted ? wholeNumber(scope) : 0;
}

/** Messages of the extension; whatever else arrives is ignored. */
export function onMessage(listener: (message: ToPage) => void): void {
  addEventListener('message', (event) => {
    const message = readToPage(event.data);
    if (message) listener(message);
  });
}

/** Reviews to show. */
export function onReview(listener: (message: ToReviewPage) => void): void {
  addEventListener('message', (event) => {
    const message = readToReviewPage(event.data);
    if (message) listener(message);
  });
}

function wholeNumber(value: unknown): number {
  return Number.isSafeInteger(value) ? Math.max(0, value as number) : 0;
}
