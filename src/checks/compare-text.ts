/** Whether a text, such as a CSV of predictions, is the expected one. */
import type { Difference } from './compare-json.ts';
import { isWithin, toleranceText } from './numbers.ts';
import type { Tolerance } from './samples.ts';

/**
 * Line by line, whichever line ends they have; one line end at the very end does not count. With a tolerance each line is compared cell by
 * cell (comma, semicolon or tab), and cells that are numbers may differ by it.
 * @returns the first difference, as `line 2, column 3`; undefined where there is none.
 */
export function compareText(expected: string, got: string, tolerance: Tolerance): Difference | undefined {
  const wanted = linesOf(expected);
  const found = linesOf(got);
  if (wanted.length === 1 && found.length === 1 && toleranceText(tolerance) === undefined)
    return wanted[0] === found[0] ? undefined : { expected: quoted(expected), got: quoted(got) };
  if (wanted.length !== found.length)
    return { expected: `${plural(wanted.length)}`, got: `${plural(found.length)}: ${quoted(got)}` };
  for (const [index, line] of wanted.entries()) {
    const difference = compareLine(line, found[index] ?? '', tolerance);
    if (difference !== undefined) {
      const { field, ...rest } = difference;
      return { field: [`line ${index + 1}`, field].filter(Boolean).join(', '), ...rest };
    }
  }
  return undefined;
}

function compareLine(expected: string, got: string, tolerance: Tolerance): Difference | undefined {
  if (expected === got) return undefined;
  const bounds = toleranceText(tolerance);
  const wanted = expected.split(/[,;\t]/);
  const found = got.split(/[,;\t]/);
  if (bounds === undefined || wanted.length !== found.length)
    return { expected: quoted(expected), got: quoted(got) };
  const column = wanted.findIndex((cell, index) => !isSameCell(cell, found[index] ?? '', tolerance));
  if (column < 0) return undefined;
  const [cell = '', other = ''] = [wanted[column], found[column]];
  return {
    field: `column ${column + 1}`,
    expected: quoted(cell),
    got: quoted(other),
    ...(numberIn(cell) === undefined ? {} : { tolerance: bounds }),
  };
}

function isSameCell(expected: string, got: string, tolerance: Tolerance): boolean {
  const [wanted, found] = [numberIn(expected), numberIn(got)];
  if (wanted === undefined || found === undefined) return expected === got;
  return isWithin(wanted, found, tolerance);
}

/** The number in a cell, quoted or not, as JSON would write it, where it is one. */
function numberIn(cell: string): string | undefined {
  const [, sign, digits] = /^\s*"?([-+]?)((?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)"?\s*$/.exec(cell) ?? [];
  return digits === undefined ? undefined : `${sign === '-' ? '-' : ''}${digits}`;
}

function linesOf(text: string): readonly string[] {
  return text.replace(/\r?\n$/, '').split(/\r?\n/);
}

function quoted(text: string): string {
  return JSON.stringify(text);
}

function plural(lines: number): string {
  return lines === 1 ? '1 line' : `${lines} lines`;
}
