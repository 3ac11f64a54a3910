/** The pictures' pages in a real browser. Without one these tests are skipped, loudly, and counted so. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { noBrowser, openBrowser } from '../../scripts/pictures/browser.ts';
import { pageOf } from '../../scripts/pictures/page.ts';

const WIDTH = 900;
const missing = noBrowser();
if (missing !== undefined) process.stderr.write(`\n*** TESTS IN A BROWSER ARE SKIPPED: ${missing} ***\n\n`);

(missing === undefined ? describe : describe.skip)('in a browser', () => {
  let browser: Browser;
  beforeAll(async () => void (browser = await openBrowser()));
  afterAll(() => browser.close());

  async function see(name: string, colorScheme: 'light' | 'dark') {
    const page = await browser.newPage({ colorScheme, viewport: { width: WIDTH, height: 400 } });
    await page.setContent(pageOf(readFileSync(`docs/pictures/${name}.md`, 'utf8')));
    return page;
  }

  test.each([
    ['release', 'light', 'Released'],
    ['release', 'dark', 'Released'],
    ['refused', 'light', 'Failed'],
    ['refused', 'dark', 'Failed'],
  ] as const)('%s, %s: the headline is seen, and nothing is wider than the page', async (...given) => {
    const [name, scheme, word] = given;
    const page = await see(name, scheme);
    const headline = page.locator('h2').first();
    expect(await headline.isVisible()).toBe(true);
    expect(await headline.textContent()).toContain(word);
    expect((await headline.boundingBox())?.y).toBeLessThan(100);
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(WIDTH);
  });

  test.each(['release', 'refused'])(
    '%s: light and dark differ, in the paper and in the ink',
    async (name) => {
      const colours = async (scheme: 'light' | 'dark') => {
        const page = await see(name, scheme);
        const ofBody = 'getComputedStyle(document.body)';
        return page.evaluate(`[${ofBody}.backgroundColor, ${ofBody}.color]`);
      };
      expect(await colours('light')).toEqual(['rgb(255, 255, 255)', 'rgb(31, 35, 40)']);
      expect(await colours('dark')).toEqual(['rgb(13, 17, 23)', 'rgb(230, 237, 243)']);
    },
  );
});
