/** Markdown and HTML lose their meaning; a table's cell stays one cell. */
export function escape(text: string): string {
  return text
    .replaceAll('\\', '\\\\')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('|', '\\|')
    .replaceAll('`', '\\`')
    .replaceAll(/\r?\n/g, '<br>');
}
