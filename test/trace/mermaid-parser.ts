import DOMPurify from 'dompurify';

/**
 * Mermaid parses in Node if it finds the two things of a browser that it asks for: whether a colour is one, and a sanitizer. This
 * sanitizer leaves everything: what has to be harmless must be so before.
 */
Object.assign(globalThis, { window: { CSS: { supports: (_: string, colour: string) => /^rgba\([\d., ]+\)$/.test(colour) } } });
Object.assign(DOMPurify, { addHook: () => {}, sanitize: (text: string) => text });
const { default: mermaid } = await import('mermaid');
mermaid.initialize({ securityLevel: 'strict', suppressErrorRendering: true });

/** What Mermaid made of a text: of a sequence diagram actors, boxes and messages (notes too), of a flowchart vertices and edges. */
export interface Parsed {
  getAccTitle(): string;
  getAccDescription(): string;
  getActors(): Map<string, { readonly description: string }>;
  getBoxes(): readonly { readonly name: string; readonly fill: string; readonly actorKeys: readonly string[] }[];
  getMessages(): readonly { readonly from?: string; readonly to?: string; readonly type: number; readonly message?: unknown }[];
  getVertices(): Map<string, { readonly text: string; readonly labelType: string }>;
  getEdges(): readonly { readonly start: string; readonly end: string; readonly text: string }[];
}

/** Throws with Mermaid's message if a text is no diagram. */
export async function parseMermaid(text: string): Promise<Parsed> {
  const { db } = await mermaid.mermaidAPI.getDiagramFromText(text);
  return db as unknown as Parsed;
}

/** A parsed label as people see it: Mermaid has its entities as signs of its own until the drawing is done. */
export function decoded(label: string): string {
  return label.replaceAll('<br/>', ' ').replace(/ﬂ°°(\d+)¶ß/g, (_, code: string) => String.fromCodePoint(Number(code)));
}
