/** A world whose calls are compared with the published policies, each by its own grant. */
import type { LocalAwsOptions } from '../../local/aws/aws.ts';
import { requestHandlerFor } from '../../local/transports/in-process.ts';
import { buildTools, type Tools } from '../../src/clients/tools.ts';
import { AwsError, explainAwsError } from '../../src/errors.ts';
import { guards } from '../../src/release/record/guards.ts';
import type { ReleaseTools } from '../../src/release/tools.ts';
import { allows, asksOf, grantsOf, type Ask, type Grant } from '../harness/iam-policy.ts';
import { everyWrite } from '../harness/results.ts';
import { shellOf } from '../harness/shell.ts';
import { createWorld, REGION, type World } from '../harness/world.ts';

export const ACCOUNT = '123456789012';

export const used = new Set<Grant>();
/** IAM's action of every call that was made → what a person is told to add when AWS refuses that call. */
export const advised = new Map<string, string>();
export const catalogue = new Map<string, readonly Grant[]>();

/** The role's grants for one API; the same objects again for the same question, so that uses can be counted. */
function grants(policies: readonly string[], apiId: string): readonly Grant[] {
  return policies.flatMap((path) => {
    const known = catalogue.get(`${path} ${apiId}`);
    if (known !== undefined) return known;
    const values = {
      Region: REGION,
      Account: ACCOUNT,
      Function: 'iris',
      Repository: 'iris',
      Role: 'iris',
      ApiId: apiId,
    };
    const made = grantsOf(path, values);
    catalogue.set(`${path} ${apiId}`, made);
    return made;
  });
}

interface Scene {
  readonly world: World;
  /** Runs `work` under a role: every call of it must be allowed. */
  as<T>(policies: readonly string[], work: () => Promise<T>): Promise<T>;
  readonly refused: Ask[];
}

export function scene(apiId = 'none', options: LocalAwsOptions = {}): Scene {
  const world = createWorld(options);
  const refused: Ask[] = [];
  let role: readonly Grant[] | undefined;
  world.aws.afterEffect = (effect) => {
    if (role === undefined) return;
    for (const ask of asksOf(effect, ACCOUNT, REGION)) {
      advised.set(ask.action, adviceFor(effect.call));
      const grant = role.find((candidate) => allows(candidate, ask));
      if (grant === undefined) refused.push(ask);
      else used.add(grant);
    }
  };
  const as: Scene['as'] = async (policies, work) => {
    role = grants(policies, apiId);
    return work().finally(() => (role = undefined));
  };
  return { world, as, refused };
}

function adviceFor({ service, operation }: { readonly service: string; readonly operation: string }): string {
  const denied = { code: 'AccessDeniedException', detail: '', status: 403, effect: 'none' } as const;
  return explainAwsError(new AwsError({ service, operation, ...denied })).fix;
}

export function toolsOf(world: World, own: Partial<Pick<Tools, 'shell'>> = {}): ReleaseTools {
  const tools = buildTools({
    aws: {
      region: REGION,
      credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' },
      requestHandler: requestHandlerFor(world.aws),
    },
    clock: world.aws.clock,
    random: () => 0.5,
    shell: shellOf(() => {
      throw new Error('no program may run here');
    }),
    log: { info: () => undefined, warning: () => undefined },
    signal: new AbortController().signal,
    permits: everyWrite,
    readOnly: false,
    secret: async () => undefined,
    env: {},
    ...own,
  });
  return { ...tools, guards };
}
