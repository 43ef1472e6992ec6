import { visible } from '../src/model/trace/escape.ts';

type Child = Node | string | undefined;

/**
 * An element with attributes and children. Names come from hostile source: strings become text, never markup, and what would reorder
 * the text around it is shown by its number.
 */
export function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Readonly<Record<string, string | undefined>> = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) if (value !== undefined) made.setAttribute(name, value);
  made.append(
    ...children.flatMap((child) => (child === undefined || child === '' ? [] : typeof child === 'string' ? visible(child) : child)),
  );
  return made;
}

/** A name that is broken after what joins its parts, where it must be. */
export function breakable(name: string): (Node | string)[] {
  const parts = visible(name).split(/(?<=[._\]>:])(?=\w)/);
  return parts.flatMap((part, index) => (index === 0 ? [part] : [element('wbr'), part]));
}

/** Part of a picture. */
export function svgElement<K extends keyof SVGElementTagNameMap>(
  tag: K,
  attributes: Readonly<Record<string, string | number>>,
): SVGElementTagNameMap[K] {
  const made = document.createElementNS('http://www.w3.org/2000/svg', tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, String(value));
  return made;
}

const icons = {
  previous: 'M11 3 5 8l6 5z',
  next: 'm5 3 6 5-6 5z',
  play: 'm4 2 9 6-9 6z',
  pause: 'M4 3h3v10H4zm5 0h3v10H9z',
  plus: 'M7.3 3h1.4v4.3H13v1.4H8.7V13H7.3V8.7H3V7.3h4.3z',
  minus: 'M3 7.3h10v1.4H3z',
  fit: 'M2 3h1.4v10H2zm10.6 0H14v10h-1.4zM7 5v2h2V5l3 3-3 3V9H7v2L4 8z',
  panel: 'M2 3h12v10H2zm1.3 1.3v7.4h6.2V4.3z',
};
export type Icon = keyof typeof icons;

export function icon(name: Icon): SVGElement {
  const picture = svgElement('svg', { viewBox: '0 0 16 16', width: 16, height: 16, 'aria-hidden': 'true', class: 'icon' });
  picture.append(svgElement('path', { d: icons[name], fill: 'currentColor', 'fill-rule': 'evenodd' }));
  return picture;
}
