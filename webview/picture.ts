import { readTheme } from './theme.ts';

/** The picture alone, on the theme's background, as it is kept in a file. Without what only the page needs: areas that take clicks. */
export function svgText(picture: SVGSVGElement): string {
  const copy = picture.cloneNode(true) as SVGSVGElement;
  copy.querySelectorAll('.hit, .band, .head').forEach((part) => part.remove());
  const { width, height } = picture.viewBox.baseVal;
  copy.setAttribute('xmlns', 'http://www.w3.org/2000/svg');
  copy.setAttribute('width', String(Math.ceil(width)));
  copy.setAttribute('height', String(Math.ceil(height)));
  copy.style.backgroundColor = readTheme().background;
  return new XMLSerializer().serializeToString(copy);
}

/** The picture as a PNG in base64, twice as large as on the screen. A `data:` address keeps the canvas readable. */
export async function pngBase64(picture: SVGSVGElement): Promise<string> {
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svgText(picture))}`;
  await image.decode();
  // No canvas is drawn beyond these; a large picture gets less than twice its size.
  const scale = Math.min(2, 16_000 / image.width, 16_000 / image.height);
  const canvas = document.createElement('canvas');
  canvas.width = Math.ceil(image.width * scale);
  canvas.height = Math.ceil(image.height * scale);
  const context = canvas.getContext('2d');
  if (!context) throw new Error('no canvas');
  context.fillStyle = readTheme().background;
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(image, 0, 0, canvas.width, canvas.height);
  return canvas.toDataURL('image/png').split(',')[1]!;
}
