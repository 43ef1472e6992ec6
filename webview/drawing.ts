import mermaid from 'mermaid';
import { element } from './dom.ts';
import type { Theme } from './theme.ts';

/** Mermaid measures texts in the page. In a box of its own that makes no work for the layout of the rest. */
const workshop = element('div', { class: 'workshop', 'aria-hidden': 'true' });
let count = 0;

export function setTheme(theme: Theme): void {
  const { background, foreground, line, box, note, font } = theme;
  mermaid.initialize({
    startOnLoad: false,
    securityLevel: 'strict',
    maxTextSize: 1_000_000,
    theme: 'base',
    fontFamily: font,
    htmlLabels: false,
    sequence: {
      mirrorActors: false,
      showSequenceNumbers: false,
      useMaxWidth: false,
      diagramMarginX: 8,
      diagramMarginY: 8,
      actorMargin: 24,
      width: 96,
      height: 36,
      boxMargin: 8,
      boxTextMargin: 4,
      noteMargin: 6,
      messageMargin: 26,
      actorFontSize: 13,
      noteFontSize: 12,
      messageFontSize: 12,
      actorFontFamily: font,
      noteFontFamily: font,
      messageFontFamily: font,
    },
    flowchart: { htmlLabels: false, useMaxWidth: true, nodeSpacing: 24, rankSpacing: 44, padding: 8, curve: 'basis' },
    themeVariables: {
      darkMode: theme.isDark,
      background,
      fontFamily: font,
      fontSize: '13px',
      primaryColor: box,
      primaryTextColor: foreground,
      primaryBorderColor: line,
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

/** A Mermaid text as a picture that is not in the page yet. Fails if Mermaid cannot read it. */
export async function draw(text: string): Promise<SVGSVGElement> {
  if (!workshop.isConnected) document.body.append(workshop);
  const { svg } = await mermaid.render(`drawing-${count++}`, text, workshop);
  workshop.replaceChildren();
  // Mermaid's strict level has cleaned this text; it is the only one that the page reads as markup.
  const holder = element('template');
  holder.innerHTML = svg;
  const picture = holder.content.querySelector('svg');
  if (!picture) throw new Error('Mermaid gave no picture');
  return document.adoptNode(picture);
}
