import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';

/** Makes a panel ours: its looks, and the page that draws diagrams and reviews. */
export function fillPanel(panel: vscode.WebviewPanel, extensionUri: vscode.Uri, waiting?: string): void {
  const dist = vscode.Uri.joinPath(extensionUri, 'dist');
  panel.iconPath = vscode.Uri.joinPath(extensionUri, 'media', 'icon.png');
  panel.webview.options = { enableScripts: true, localResourceRoots: [dist] };
  panel.webview.html = diagramPage(panel.webview, dist, waiting);
}

/**
 * The page that draws diagrams. Nothing in it comes from a workspace: what it shows is told to it by messages. `waiting`: words of ours
 * that stand there until then.
 */
function diagramPage(webview: vscode.Webview, dist: vscode.Uri, waiting = ''): string {
  const nonce = randomBytes(16).toString('base64');
  const of = (name: string): string => webview.asWebviewUri(vscode.Uri.joinPath(dist, name)).toString();
  const { cspSource } = webview;
  // Mermaid writes a style sheet into each picture, and style attributes.
  const policy = [
    "default-src 'none'",
    `script-src 'nonce-${nonce}'`,
    `style-src ${cspSource} 'unsafe-inline'`,
    `img-src ${cspSource} data: blob:`,
    `font-src ${cspSource}`,
  ].join('; ');
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta http-equiv="Content-Security-Policy" content="${policy}">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>Lockstep</title>
    <link rel="stylesheet" href="${of('webview.css')}">
  </head>
  <body>
    <p id="waiting" role="status">${waiting}</p>
    <script nonce="${nonce}" src="${of('webview.js')}"></script>
  </body>
</html>`;
}
