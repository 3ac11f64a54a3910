/** Renders the summaries and the comment of docs/pictures in a real browser, light and dark, and writes their Markdown beside them. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openBrowser } from './pictures/browser.ts';
import { pageOf } from './pictures/page.ts';
import { pullRequestComment } from './pictures/pull-request.ts';
import { summaries } from './pictures/summaries.ts';

const folder = join(import.meta.dirname, '..', 'docs', 'pictures');
const pictures = { ...(await summaries()), 'pull-request': await pullRequestComment() };
const browser = await openBrowser();
try {
  for (const [name, markdown] of Object.entries(pictures)) {
    await writeFile(join(folder, `${name}.md`), markdown);
    for (const colorScheme of ['light', 'dark'] as const) {
      const page = await browser.newPage({ colorScheme, viewport: { width: 900, height: 400 } });
      await page.setContent(pageOf(markdown));
      await page.screenshot({ path: join(folder, `${name}-${colorScheme}.png`), fullPage: true });
      await page.close();
    }
  }
} finally {
  await browser.close();
}
