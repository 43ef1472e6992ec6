/** Colours of the editor as Mermaid takes them: opaque, as `rgb(r, g, b)`. */
export interface Theme {
  readonly isDark: boolean;
  readonly isHighContrast: boolean;
  readonly background: string;
  readonly foreground: string;
  readonly font: string;
  /** Lines of lanes and borders. */
  readonly line: string;
  readonly box: string;
  readonly note: string;
  readonly accent: string;
  readonly error: string;
  readonly warning: string;
  readonly passed: string;
  /** One for each thread, again from the start if there are more threads. */
  readonly threads: readonly string[];
}

type Rgba = readonly [number, number, number, number];

export function readTheme(): Theme {
  const kind = document.body.dataset['vscodeThemeKind'] ?? 'vscode-dark';
  const isHighContrast = kind.startsWith('vscode-high-contrast');
  const isDark = kind === 'vscode-dark' || kind === 'vscode-high-contrast';
  const behind = pixel('--vscode-editor-background', isDark ? [31, 31, 31, 1] : [255, 255, 255, 1]);
  const front = pixel('--vscode-editor-foreground', isDark ? [204, 204, 204, 1] : [59, 59, 59, 1]);
  const colour = (name: string, otherwise: Rgba): string => text(over(pixel(name, otherwise), behind));
  const mixed = (share: number): Rgba => [front[0], front[1], front[2], share];
  return {
    isDark,
    isHighContrast,
    background: text(over(behind, [0, 0, 0, 1])),
    foreground: text(over(front, behind)),
    font: getComputedStyle(document.body).fontFamily,
    line: isHighContrast ? colour('--vscode-contrastBorder', front) : text(over(mixed(0.45), behind)),
    box: isHighContrast ? text(behind) : colour('--vscode-editorWidget-background', mixed(0.06)),
    note: isHighContrast ? text(behind) : text(over(mixed(0.1), behind)),
    accent: colour('--vscode-focusBorder', [0, 120, 212, 1]),
    error: colour('--vscode-editorError-foreground', [241, 76, 76, 1]),
    warning: colour('--vscode-editorWarning-foreground', [204, 167, 0, 1]),
    passed: colour('--vscode-testing-iconPassed', pixel('--vscode-charts-green', front)),
    threads: ['blue', 'purple', 'green', 'orange', 'yellow'].map((name) => colour(`--vscode-charts-${name}`, front)),
  };
}

/** Calls back after the editor took another theme, once for what it changes together. */
export function onTheme(changed: () => void): void {
  let timer: number | undefined;
  new MutationObserver(() => {
    clearTimeout(timer);
    timer = window.setTimeout(changed, 50);
  }).observe(document.body, { attributes: true, attributeFilter: ['class', 'data-vscode-theme-kind', 'data-vscode-theme-id'] });
}

/** A variable in whatever notation, as the colour that a canvas makes of it. */
function pixel(name: string, otherwise: Rgba): Rgba {
  const value = getComputedStyle(document.body).getPropertyValue(name).trim();
  if (value === '' || !CSS.supports('color', value)) return otherwise;
  const context = new OffscreenCanvas(1, 1).getContext('2d', { willReadFrequently: true });
  if (!context) return otherwise;
  context.fillStyle = value;
  context.fillRect(0, 0, 1, 1);
  const [red = 0, green = 0, blue = 0, alpha = 255] = context.getImageData(0, 0, 1, 1).data;
  return [red, green, blue, alpha / 255];
}

function over([red, green, blue, alpha]: Rgba, behind: Rgba): Rgba {
  const mix = (front: number, back: number): number => Math.round(front * alpha + back * (1 - alpha));
  return [mix(red, behind[0]), mix(green, behind[1]), mix(blue, behind[2]), 1];
}

function text([red, green, blue]: Rgba): string {
  return `rgb(${red}, ${green}, ${blue})`;
}
