import mermaid from 'mermaid';
import { element } from './dom.ts';
import type { Theme } from './theme.ts';

/** Mermaid measures texts in the page. In a box of its own that makes no work for the layout of the rest. */
const workshop = element('div', { class: 'workshop', 'aria-hidden': 'true' });
let count = 0;
let last: Promise<unknown> = Promise.resolve();

let theme: Theme | undefined;
export interface Lanes {
  readonly isNarrow: boolean;
  /** Lines of the longest name. */
  readonly headLines: number;
}

/** What Mermaid was last set up for. */
let setUpFor: Lanes | undefined;

export function setTheme(now: Theme): void {
  theme = now;
  setUpFor = undefined;
}

/** Texts in shorter lines let lanes stand closer together. */
const spacing = {
  wide: { diagramMarginX: 24, actorMargin: 24, width: 96, wrapPadding: 10, noteMargin: 6 },
  narrow: { diagramMarginX: 4, actorMargin: 10, width: 60, wrapPadding: 6, noteMargin: 4 },
};

/** Pixels for a line of a lane's name. */
const headLine = 15;

function setUp(theme: Theme, lanes: Lanes): void {
  if (setUpFor?.isNarrow === lanes.isNarrow && setUpFor.headLines === lanes.headLines) return;
  setUpFor = lanes;
  const { background, foreground, line, box, note, font } = theme;
  mermaid.initialize({
    startOnLoad: false,
    securityLevel: 'strict',
    maxTextSize: 1_000_000,
    theme: 'base',
    fontFamily: font,
    // Of all texts of a sequence: it goes before their own.
    fontSize: 13,
    sequence: {
      mirrorActors: false,
      showSequenceNumbers: false,
      useMaxWidth: false,
      diagramMarginY: 8,
      boxMargin: 8,
      boxTextMargin: 4,
      messageMargin: 26,
      ...spacing[lanes.isNarrow ? 'narrow' : 'wide'],
      height: Math.max(40, headLine * lanes.headLines + 8),
      actorFontWeight: 600,
      actorFontFamily: font,
      noteFontFamily: font,
      messageFontFamily: font,
    },
    flowchart: { useMaxWidth: true, nodeSpacing: 24, rankSpacing: 44, padding: 8, curve: 'basis' },
    // Texts stand out from the lanes they cross; boxes are grounds, not cards.
    themeCSS: `
      g rect.rect { filter: none; stroke-width: ${theme.isHighContrast ? 1 : 0.5}px; }
      text.messageText { paint-order: stroke; stroke: ${background}; stroke-width: 3px; stroke-linejoin: round; }
      text.actor > tspan { font-weight: 600; }`,
    themeVariables: {
      darkMode: theme.isDark,
      background,
      fontFamily: font,
      fontSize: '13px',
      primaryColor: box,
      primaryTextColor: foreground,
      primaryBorderColor: line,
      dropShadow: 'none',
      lineColor: foreground,
      textColor: foreground,
      mainBkg: box,
      nodeBorder: line,
      edgeLabelBackground: background,
      actorBkg: box,
      actorBorder: line,
      actorTextColor: foreground,
      actorLineColor: line,
      signalColor: foreground,
      signalTextColor: foreground,
      labelBoxBkgColor: box,
      labelBoxBorderColor: line,
      labelTextColor: foreground,
      loopTextColor: foreground,
      noteBkgColor: note,
      noteBorderColor: line,
      noteTextColor: foreground,
      activationBkgColor: note,
      activationBorderColor: line,
    },
  });
}

/**
 * A Mermaid text as a picture that is not in the page yet, one after the other. Fails if Mermaid cannot read it. `lanes`: of a
 * sequence.
 */
export function draw(text: string, lanes?: Lanes): Promise<SVGSVGElement> {
  const drawn = last.then(() => drawNow(text, lanes));
  last = drawn.then(rest, rest);
  return drawn;
}

/** Lets keys and clicks through before there is more work. Timers would wait longer than that. */
export function rest(): Promise<void> {
  return new Promise((rested) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = (): void => rested();
    port2.postMessage(undefined);
  });
}

/** Called by Mermaid between messages (scripts/webview.mjs): it draws at most so many milliseconds without a rest. */
const longestWork = 16;
let rested = 0;
Object.assign(globalThis, {
  restWhileDrawing: async (): Promise<void> => {
    if (performance.now() - rested < longestWork) return;
    await rest();
    rested = performance.now();
  },
});

async function drawNow(text: string, lanes = setUpFor ?? { isNarrow: false, headLines: 1 }): Promise<SVGSVGElement> {
  if (theme) setUp(theme, lanes);
  if (!workshop.isConnected) document.body.append(workshop);
  rested = performance.now();
  const { svg } = await mermaid.render(`drawing-${count++}`, text, workshop);
  workshop.replaceChildren();
  await rest();
  // Mermaid's strict level has cleaned this text; it is the only one that the page reads as markup.
  const holder = element('template');
  holder.innerHTML = svg;
  const picture = holder.content.querySelector('svg');
  if (!picture) throw new Error('Mermaid gave no picture');
  return document.adoptNode(picture);
}
