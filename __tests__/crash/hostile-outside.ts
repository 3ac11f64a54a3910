/** Everything that a value can reach, recorded at its border: AWS's and GitHub's wire, programs, files, the log. */
import { existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve, sep } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { createLocalAws } from '../../local/aws/aws.ts';
import { VirtualClock } from '../../local/clock.ts';
import { fromUtf8, type LocalRequest, type LocalResponse } from '../../local/http.ts';
import { requestHandlerFor } from '../../local/transports/in-process.ts';
import { githubRunner } from '../../src/clients/runner.ts';
import type { LongCommand, ShortCommand } from '../../src/clients/shell.ts';
import { buildTools } from '../../src/clients/tools.ts';
import { guards } from '../../src/release/record/guards.ts';
import { KeptClients } from '../harness/kept-clients.ts';
import { ended, shellOf } from '../harness/shell.ts';
import { ACCOUNT, SAMPLES } from '../harness/world.ts';
import { everyWrite } from '../harness/results.ts';
import type { ReleaseTools } from '../../src/release/tools.ts';
import { stdout } from '../../src/clients/stdout.ts';

/** A request as it left an SDK client. */
export interface Sent {
  readonly host: string;
  /** The path's segments, decoded one by one: a `/` that a value smuggled in would make one more. */
  readonly segments: readonly string[];
  readonly query: Readonly<Record<string, unknown>>;
  readonly body: Readonly<Record<string, unknown>>;
}

/** A request as it left `fetch`, through the checks that the real one makes. */
export interface Fetched {
  readonly url: string;
  readonly headers: Headers;
  readonly body: Readonly<Record<string, unknown>>;
}

const BUILT = JSON.stringify({ Id: 'sha256:1', Architecture: 'amd64', Os: 'linux', Size: 1, Config: null });

export class Outside {
  /** What was asked of programs; nothing is started. */
  readonly commands: (LongCommand | ShortCommand)[] = [];
  readonly fetched: Fetched[] = [];
  /** What the run said in the log, as the runner would print it. */
  readonly printed: string[] = [];
  readonly secrets: string[] = [];
  readonly workspace: string;
  readonly tools: ReleaseTools;
  readonly #aws = createLocalAws({ clock: new VirtualClock(), region: ACCOUNT.region });
  readonly #sent: Sent[] = [];
  readonly #fence: string;

  constructor() {
    this.#fence = realpathSync(mkdtempSync(join(tmpdir(), 'model-release-hostile-')));
    this.workspace = join(this.#fence, 'checkout', 'repository');
    mkdirSync(this.workspace, { recursive: true });
    this.#write(join(this.workspace, 'Dockerfile'), '');
    this.#write(join(this.workspace, 'tests', 'samples.jsonl'), SAMPLES);
    const parts = this.#parts();
    this.tools = { ...buildTools(parts), ...new KeptClients().lend(parts), guards };
  }

  close(): void {
    rmSync(this.#fence, { recursive: true, force: true });
  }

  /** The only request that `ask` sends; whatever AWS answers, it was asked. */
  async sentBy(ask: (tools: ReleaseTools) => Promise<unknown>): Promise<Sent> {
    this.#sent.length = 0;
    await ask(this.tools).catch(() => undefined);
    const [sent, ...more] = this.#sent;
    // A request that AWS could not answer is sent again as it was.
    if (sent === undefined || !more.every((again) => isDeepStrictEqual(again, sent)))
      throw new Error(`${this.#sent.length} requests instead of one`);
    return sent;
  }

  /** Tools of a run in another region, whose clients are its own. */
  inRegion(region: string): ReleaseTools {
    const parts = this.#parts();
    return { ...buildTools({ ...parts, aws: { ...parts.aws, region } }), guards };
  }

  /**
   * Puts a file where a path of the workspace leads, as the file system reads it, for as long as `look` looks. Where no file can be
   * (outside, a folder, too long a name), `look` finds what is there without it.
   */
  async withFile<T>(path: string, content: string, look: () => Promise<T>): Promise<T> {
    const real = resolve(this.workspace, path);
    if (!real.startsWith(this.workspace + sep) || this.isKept(path)) return look();
    const top = join(this.workspace, real.slice(this.workspace.length + 1).split(sep)[0] ?? '');
    try {
      this.#tryWriting(real, content);
      return await look();
    } finally {
      if (existsSync(top)) rmSync(top, { recursive: true });
    }
  }

  /** Whether a path leads to what is in the workspace all the time. */
  isKept(path: string): boolean {
    const real = resolve(this.workspace, path);
    return ['Dockerfile', 'tests'].some((name) => {
      const own = join(this.workspace, name);
      return real === own || real.startsWith(own + sep);
    });
  }

  #write(path: string, content: string): void {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
  }

  /** Some names cannot be: the file system says so in many ways. */
  #tryWriting(path: string, content: string): void {
    try {
      this.#write(path, content);
    } catch {
      // What looks for it will say that it is not there.
    }
  }

  #parts() {
    const say = (line: string): void => void this.printed.push(printedBy(line));
    const shell = shellOf((command) => {
      this.commands.push(command);
      return { ...ended(command.args[0] === 'image' ? BUILT : ''), tail: [] };
    });
    return {
      aws: { ...ACCOUNT, requestHandler: requestHandlerFor({ handle: (request) => this.#handle(request) }) },
      fetch: ((url: string | URL | Request, init?: RequestInit) => this.#fetch(url, init)) as typeof fetch,
      clock: this.#aws.clock,
      random: () => 0.5,
      shell,
      log: { info: say, warning: say },
      signal: new AbortController().signal,
      permits: everyWrite,
      readOnly: false,
      secret: async (value: string) => void this.secrets.push(value),
      env: { GITHUB_WORKSPACE: this.workspace, GITHUB_API_URL: 'https://github.test/api/v3' },
    };
  }

  #handle(request: LocalRequest): Promise<LocalResponse> {
    const [, ...segments] = request.path.split('/').map((segment) => decodeURIComponent(segment));
    this.#sent.push({ host: request.host, segments, query: request.query, body: parsed(request.body) });
    return this.#aws.handle(request);
  }

  async #fetch(url: string | URL | Request, init: RequestInit = {}): Promise<Response> {
    // The real fetch refuses what is no URL and what is no header before anything leaves.
    const request = new Request(url, init);
    const body = typeof init.body === 'string' ? parsed(Buffer.from(init.body)) : {};
    this.fetched.push({ url: String(url), headers: request.headers, body });
    return Response.json({ id: 1, ok: true }, { status: 201 });
  }
}

function parsed(bytes: Uint8Array): Sent['body'] {
  const text = fromUtf8(bytes);
  try {
    return text === '' ? {} : (JSON.parse(text) as Sent['body']);
  } catch {
    return { text };
  }
}

/** What the real runner writes to stdout for a line of the log. It is sent at once here, so nothing else can come between. */
export function printedBy(line: string): string {
  const write = process.stdout.write;
  let printed = '';
  process.stdout.write = ((text: string) => {
    printed += text;
    return true;
  }) as typeof write;
  try {
    githubRunner({}).info(line);
    // Lines are gathered for a moment; this sends them.
    void stdout.drained();
  } finally {
    process.stdout.write = write;
  }
  return printed;
}
