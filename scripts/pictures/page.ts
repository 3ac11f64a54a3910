/** A summary as a page: GitHub's flavour of Markdown, light or dark by the browser's preference. */
import { marked } from 'marked';

const CSS = `
:root { color-scheme: light dark; --ink: light-dark(#1f2328, #e6edf3); --line: light-dark(#d1d9e0, #3d444d);
  --soft: light-dark(#f6f8fa, #151b23); --link: light-dark(#0969da, #4493f8); --red: light-dark(#cf222e, #f85149);
  --amber: light-dark(#9a6700, #d29922); }
body { margin: 0; padding: 20px 28px; width: 844px; color: var(--ink); background: light-dark(#fff, #0d1117);
  font: 14px/1.5 "DejaVu Sans", "Noto Color Emoji", sans-serif; overflow-wrap: break-word; }
h2 { margin: 0 0 14px; font-size: 20px; padding-bottom: 6px; border-bottom: 1px solid var(--line); }
h3 { margin: 18px 0 8px; font-size: 16px; }
p, ul, table, pre, details { margin: 0 0 12px; }
ul { padding-left: 22px; }
a { color: var(--link); text-decoration: none; }
code, pre { font: 12px/1.45 "DejaVu Sans Mono", monospace; background: var(--soft); border-radius: 5px; }
code { padding: 2px 5px; }
pre { padding: 12px; white-space: pre-wrap; }
pre code { padding: 0; }
table { border-collapse: collapse; font-size: 13px; }
th, td { border: 1px solid var(--line); padding: 5px 11px; }
blockquote { margin: 0 0 12px; padding: 6px 14px; border-left: 4px solid var(--line); }
blockquote p { margin: 4px 0; }
blockquote.caution { border-color: var(--red); }
blockquote.warning { border-color: var(--amber); }
`;

export function pageOf(markdown: string): string {
  const html = marked
    .parse(markdown, { async: false, gfm: true })
    .replaceAll(
      /<blockquote>\s*<p>\[!(CAUTION|WARNING)\]\s*/g,
      (_, kind: string) => `<blockquote class="${kind.toLowerCase()}"><p>`,
    );
  return `<!doctype html><html lang="en"><meta charset="utf-8"><style>${CSS}</style><body>${html}</body></html>`;
}
