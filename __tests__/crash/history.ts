/**
 * What really happened to the alias, as somebody beside AWS writes it down: never from the release record, which is what is on
 * trial. Plain data: it is cloned together with the state it belongs to.
 */

/** One run of an action, as a writer of the alias. */
export interface Run {
  readonly name: string;
  readonly action: 'deploy' | 'rollback';
  readonly runId: number;
  readonly attempt: number;
  readonly force: boolean;
  /** What a rollback was asked to return to. */
  readonly to: string;
}

/** What the alias shows. */
export interface AliasView {
  readonly version: string;
  readonly weights: Readonly<Record<string, number>>;
  readonly description: string;
}

/** One UpdateAlias or CreateAlias as a run asked for it. */
export interface AliasWrite extends AliasView {
  readonly run: string;
  readonly operation: string;
  readonly revisionId: string | undefined;
  readonly accepted: boolean;
  /** The call's number in its world. */
  readonly call: number;
}

type Change = 'release' | 'revert' | 'rollback' | 'recovery' | 'same' | 'foreign';

export interface AliasChange {
  /** A run's name, or `console`, `terraform`. */
  readonly by: string;
  readonly kind: Change;
  readonly from: AliasView | undefined;
  readonly to: AliasView;
  /** What was true before and after it. */
  readonly before: Truth;
  readonly after: Truth;
}

/** Where the release stands, put together from the changes. */
interface Truth {
  /** The version that serves, or all but a canary's share of it. */
  readonly live: string | undefined;
  /** The version that served 100 % before it and is the way back; undefined where there is none, or nobody proved one. */
  readonly previous: string | undefined;
  /** The last thing that happened was a rollback (asked for, or automatic). */
  readonly rolledBack: boolean;
  /** Somebody else moved the alias last: what was live before is nobody's promise. */
  readonly foreign: boolean;
  /** Somebody else moved it to the very way back of the last release: there is nothing left to return. */
  readonly returnedByHand: boolean;
  /** A canary was begun and none of our writes has ended it; somebody may have taken its traffic by hand. */
  readonly canary: boolean;
  /** The highest run id that the alias's record can know of. */
  readonly seq: number;
}

export interface History {
  alias: AliasView | undefined;
  truth: Truth;
  readonly runs: Record<string, Run>;
  readonly writes: AliasWrite[];
  readonly changes: AliasChange[];
  /** Versions that answered their own sample right. */
  smoked: string[];
  /** Versions that have served 100 %. */
  served: string[];
  /** Versions that were rolled back as bad and not released again since. */
  bad: string[];
  /** The image of each version that was ever behind the alias. */
  readonly digests: Record<string, string>;
  /** Which run published which version. */
  readonly published: { readonly run: string; readonly version: string }[];
  readonly apiDeployments: { readonly run: string }[];
  /** Runs that changed what serves callers, if only for a moment: alias, pin, permission, API, provisioned concurrency. */
  readonly touched: string[];
}

/** Of what one of our runs wrote. */
const OURS = { foreign: false, returnedByHand: false };

export function newHistory(): History {
  return {
    alias: undefined,
    truth: { ...OURS, live: undefined, previous: undefined, rolledBack: false, canary: false, seq: 0 },
    runs: {},
    writes: [],
    changes: [],
    smoked: [],
    served: [],
    bad: [],
    digests: {},
    published: [],
    apiDeployments: [],
    touched: [],
  };
}

/** Takes a change of the alias into the history. */
export function changed(history: History, by: string, to: AliasView): void {
  const from = history.alias;
  const kind = kindOf(history, by, to);
  const before = history.truth;
  history.truth = after(history, kind, { by, to });
  history.changes.push({ by, kind, from, to, before, after: history.truth });
  history.alias = to;
  // Whoever makes a version live again takes it back from the bad ones: a newer release of it, or a person by its number.
  history.bad = history.bad.filter((bad) => bad !== to.version);
  if (kind === 'rollback' || kind === 'revert') giveUp(history, from, to);
  if (Object.keys(to.weights).length === 0) history.served = withItem(history.served, to.version);
  // Whoever moves the alias by hand answers for the versions that get traffic.
  if (kind === 'foreign') {
    for (const version of [to.version, ...Object.keys(to.weights)]) {
      history.smoked = withItem(history.smoked, version);
      history.served = withItem(history.served, to.version);
    }
  }
}

function kindOf(history: History, by: string, to: AliasView): Change {
  const run = history.runs[by];
  if (run === undefined) return 'foreign';
  const from = history.alias;
  if (run.action === 'rollback') return 'rollback';
  if (from === undefined) return 'release';
  // Somebody may have taken a dead canary's traffic by hand; its record is still to be ended.
  const left = Object.keys(from.weights).length > 0 || history.truth.canary;
  if (from.version === to.version) return left ? 'recovery' : 'same';
  // An attempt may take back what an earlier attempt of the same run had moved.
  const own = history.changes.findLast(
    (change) => history.runs[change.by]?.runId === run.runId && change.kind === 'release',
  );
  return own?.to.version === from.version && own.from?.version === to.version ? 'revert' : 'release';
}

function after(history: History, kind: Change, { by, to }: { by: string; to: AliasView }): Truth {
  const { truth, runs } = history;
  const seq = Math.max(truth.seq, runs[by]?.runId ?? 0);
  const live = to.version;
  const canary = Object.keys(to.weights).length > 0;
  switch (kind) {
    case 'release':
      return { ...OURS, live, previous: truth.live, rolledBack: false, canary, seq };
    case 'revert':
      return { ...OURS, live, previous: undefined, rolledBack: true, canary, seq };
    case 'rollback':
      // An aborted canary leaves the way back of the stable version as it was.
      return {
        ...OURS,
        live,
        previous: truth.live === live && !truth.foreign ? truth.previous : undefined,
        rolledBack: true,
        canary,
        seq,
      };
    case 'recovery':
    case 'same':
      return {
        ...OURS,
        live,
        previous: truth.foreign ? undefined : truth.previous,
        rolledBack: false,
        canary,
        seq,
      };
    case 'foreign': {
      const restored = lastOwn(history, to);
      if (restored !== undefined) return restored;
      // A description that was wiped takes the memory of run ids with it.
      return {
        live,
        previous: undefined,
        rolledBack: false,
        foreign: true,
        returnedByHand: isWayBack(history, to),
        canary: false,
        seq: to.description === '' ? 0 : truth.seq,
      };
    }
  }
}

/** The alias points where our last write pointed it, whatever weights somebody gave it: what served before is as true as it was. */
function lastOwn(history: History, to: AliasView): Truth | undefined {
  const own = stillSigned(history, to);
  return own?.to.version === to.version ? own.after : undefined;
}

/** The alias points, alone, where the last release would have been rolled back to. */
function isWayBack(history: History, to: AliasView): boolean {
  const own = stillSigned(history, to);
  return own?.after.previous === to.version && Object.keys(to.weights).length === 0;
}

/** The last change by one of our runs, where its record still stands on the alias. */
function stillSigned({ changes }: History, { description }: AliasView): AliasChange | undefined {
  const own = changes.findLast(({ kind }) => kind !== 'foreign');
  return own?.to.description === description ? own : undefined;
}

function giveUp(history: History, from: AliasView | undefined, to: AliasView): void {
  if (from === undefined) return;
  const given = from.version === to.version ? Object.keys(from.weights) : [from.version];
  for (const version of given) history.bad = withItem(history.bad, version);
}

function withItem(items: string[], item: string): string[] {
  return items.includes(item) ? items : [...items, item];
}
