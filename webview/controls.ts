import { provideVSCodeDesignSystem, vsCodeButton, vsCodeDropdown, vsCodeOption } from '@vscode/webview-ui-toolkit';
import { element, icon, type Icon } from './dom.ts';

// The one file that knows the toolkit (docs/decisions/0021-toolkit.md): what it gives out are plain elements.
provideVSCodeDesignSystem().register(vsCodeButton(), vsCodeDropdown(), vsCodeOption());

/** Their elements, where keys are told apart. */
export const names = { button: 'vscode-button', dropdown: 'vscode-dropdown' };

interface ButtonLooks {
  readonly label: string;
  /** Shown instead of the label, which stays its name. */
  readonly icon?: Icon;
  readonly title?: string | undefined;
  readonly primary?: boolean;
}

export function button(looks: ButtonLooks, press: () => void): HTMLElement {
  const appearance = looks.icon ? 'icon' : looks.primary ? 'primary' : 'secondary';
  const made = element(names.button as 'button', { appearance, title: looks.title ?? (looks.icon && looks.label) });
  if (looks.icon) setIcon(made, looks.icon, looks.label);
  else made.textContent = looks.label;
  made.addEventListener('click', press);
  return made;
}

/** Another picture and name on a button that has a picture. */
export function setIcon(made: HTMLElement, name: Icon, label: string): void {
  made.setAttribute('aria-label', label);
  made.replaceChildren(icon(name));
}

export function setEnabled(made: HTMLElement, isEnabled: boolean): void {
  made.toggleAttribute('disabled', !isEnabled);
}

/** One of some texts, by number. */
export function dropdown(label: string, options: readonly string[], chosen: number, choose: (index: number) => void): HTMLElement {
  const made = element(names.dropdown as 'select', { 'aria-label': label });
  made.append(...options.map((text, index) => element('vscode-option' as 'option', { value: String(index) }, text)));
  // The options register with the list one after the other; only then one of them can be chosen.
  queueMicrotask(() => (made.value = String(chosen)));
  made.addEventListener('change', () => choose(Number(made.value)));
  return made;
}
