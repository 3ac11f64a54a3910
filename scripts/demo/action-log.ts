/** An action's log on the screen, as GitHub shows it: a group folds to its closing line, annotations stand out. */
import { decodeCommand } from '../runner.ts';
import type { Screen } from './screen.ts';

const INDENT = '    ';

export function actionLog(screen: Screen, { verbose }: { verbose: boolean }): (line: string) => void {
  let inGroup = false;
  return (line) => {
    const [, command, properties = '', text = ''] = /^::([a-z-]+)( [^:]*)?::(.*)$/.exec(line) ?? [];
    if (command === 'group') {
      inGroup = true;
      screen.working(text);
    } else if (command === 'endgroup') {
      inGroup = false;
      screen.done();
    } else if (command === 'error' || command === 'warning') {
      const title = /title=([^,]*)/.exec(properties)?.[1];
      const message = `${title === undefined ? '' : `${decodeCommand(title)}: `}${decodeCommand(text)}`;
      screen.say(wrap(screen.style(message, command === 'error' ? 'red' : 'bold')));
    } else if (inGroup && !verbose) screen.detail(line);
    else if (/^[✓✗] /.test(line)) screen.say(INDENT + closing(screen, line));
    else if (line.trim() !== '') screen.say(INDENT + screen.style(line, 'dim'));
  };
}

function closing(screen: Screen, line: string): string {
  const [, mark = '', name = '', rest = ''] = /^(.) ([^:]*)(.*)$/.exec(line) ?? [];
  // What went wrong follows in full, as an annotation.
  if (mark === '✗')
    return `${screen.style(`${mark} ${name}`, 'red')}${/ \([\d.]+ s\)$/.exec(rest)?.[0] ?? ''}`;
  return `${screen.style(mark, mark === '✓' ? 'green' : 'red')} ${name}${screen.style(rest, 'dim')}`;
}

/** A message of several sentences, a screen wide. */
function wrap(text: string): string {
  const lines = [''];
  for (const word of text.split(/\s+/)) {
    const last = lines.length - 1;
    if (`${lines[last]} ${word}`.length > 110) lines.push(word);
    else lines[last] = `${lines[last]} ${word}`.trim();
  }
  return lines.map((line) => INDENT + line).join('\n');
}
