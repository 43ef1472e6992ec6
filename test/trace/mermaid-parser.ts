import DOMPurify from 'dompurify';

/**
 * Mermaid parses in Node if it finds the two things of a browser that it asks for: whether a colour is one, and a sanitizer. The
 * sanitizer leaves everything: what has to be harmless must be so before.
 */
Object.assign(globalThis, { window: { CSS: { supports: (_: string, colour: string) => /^rgba\([\d., ]+\)$/.test(colour) } } });
Object.assign(DOMPurify, { addHook: () => {}, sanitize: (text: string) => text });
const { default: mermaid } = await import('mermaid');
mermaid.initialize({ securityLevel: 'strict', suppressErrorRendering: true });

/** What Mermaid made of a text: its actors, messages, vertices … */
export type Parsed = Awaited<ReturnType<typeof mermaid.mermaidAPI.getDiagramFromText>>['db'];

/** Throws with Mermaid's message if a text is no diagram. */
export async function parseMermaid(text: string): Promise<Parsed> {
  await mermaid.parse(text);
  return (await mermaid.mermaidAPI.getDiagramFromText(text)).db;
}
