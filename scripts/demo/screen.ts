/** What the demo writes: plain lines anywhere, colours and a line that changes in place in a terminal. */
import type { WriteStream } from 'node:tty';

/** A log that is no terminal gets a line this often while a step runs. Milliseconds. */
const HEARTBEAT_MS = 10_000;
const TICK_MS = 250;

export type Style = 'bold' | 'dim' | 'red' | 'green' | 'cyan';
const CODES: Readonly<Record<Style, [on: number, off: number]>> = {
  bold: [1, 22],
  dim: [2, 22],
  red: [31, 39],
  green: [32, 39],
  cyan: [36, 39],
};

interface Status {
  readonly text: string;
  readonly since: number;
  detail: string;
  shownAt: number;
}

export class Screen {
  readonly #out: WriteStream;
  readonly #live: boolean;
  readonly #colours: boolean;
  #status: Status | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(out: WriteStream) {
    this.#out = out;
    this.#live = out.isTTY;
    this.#colours = out.isTTY && !process.env['NO_COLOR'];
  }

  style(text: string, ...styles: Style[]): string {
    if (!this.#colours) return text;
    return styles.reduce(
      (styled, name) => `\u001b[${CODES[name][0]}m${styled}\u001b[${CODES[name][1]}m`,
      text,
    );
  }

  /** One line (or several) that stays. */
  say(text = ''): void {
    this.#erase();
    this.#out.write(`${text}\n`);
    this.#draw();
  }

  heading(text: string): void {
    this.say(`\n${this.style(text, 'bold', 'cyan')}`);
  }

  /** What goes on now, with its time; {@link done} ends it. */
  working(text: string): void {
    this.#erase();
    const now = performance.now();
    this.#status = { text, detail: '', since: now, shownAt: now };
    this.#timer ??= setInterval(() => this.#tick(), TICK_MS);
    this.#timer.unref();
    this.#draw();
  }

  /** A word on what goes on, forgotten with the next one. */
  detail(text: string): void {
    if (this.#status !== undefined) this.#status.detail = text.replaceAll(/\s+/g, ' ').trim();
  }

  done(): void {
    this.#erase();
    this.#status = undefined;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #tick(): void {
    const status = this.#status;
    if (status === undefined) return;
    if (this.#live) {
      this.#erase();
      this.#draw();
    } else if (performance.now() - status.shownAt >= HEARTBEAT_MS) {
      status.shownAt = performance.now();
      this.#out.write(`${this.#line(status)}\n`);
    }
  }

  #line({ text, detail, since }: Status): string {
    const line = `    … ${text}, ${Math.round((performance.now() - since) / 1000)} s${detail === '' ? '' : `: ${detail}`}`;
    // A line that wraps cannot be erased.
    return line.slice(0, (this.#live ? this.#out.columns || 80 : 120) - 1);
  }

  #draw(): void {
    if (this.#live && this.#status !== undefined)
      this.#out.write(this.style(this.#line(this.#status), 'dim'));
  }

  #erase(): void {
    if (this.#live && this.#status !== undefined) this.#out.write('\r\u001b[2K');
  }
}
