/** What was live, what is live, what differs between the two, and where each of it is found. */
import type { ReleaseResult } from '../release/result.ts';
import type { ReleaseName } from '../types.ts';
import { capital, short } from '../words.ts';
import {
  aliasPage,
  groupOf,
  imagePage,
  isImage,
  logGroupPage,
  versionLogsPage,
  versionPage,
} from './console-links.ts';
import { commitPage, comparePage } from './github-links.ts';
import { code, details, escape, link, verbatim } from './markdown.ts';
import { liveAtEnd } from './outputs.ts';

/** Which commit, by which run, and who started it. */
export function origin({ run, candidate }: ReleaseResult): string {
  if (run === undefined || run.runUrl === '') return '';
  const commit = candidate?.commit ?? run.commit;
  const attempt = run.attempt === '1' ? '' : `, attempt ${run.attempt}`;
  return [
    ...(commit === '' ? [] : [`Commit ${commitLink(run, commit)}`]),
    link(`run ${escape(run.runId)}${attempt}`, run.runUrl),
    ...(run.actor === '' ? [] : [`started by ${escape(run.actor)}`]),
  ].join(' · ');
}

export function releases(result: ReleaseResult): string {
  const { before, shifted, undecided } = result;
  const live = liveAtEnd(result);
  const refused = refusedOf(result);
  if (before === undefined && live === undefined && refused === undefined) return '';
  const stays = !shifted && !undecided && before?.version === live?.version;
  const now = row(result, shifted ? '**is live**' : 'is live', live);
  return [
    '| | version | image digest | commit |',
    '| --- | --- | --- | --- |',
    ...(stays ? [] : [row(result, 'was live', before)]),
    now,
    ...(refused === undefined ? [] : [row(result, 'not live', refused)]),
    ...pages(result, refused ?? live),
    ...api(result),
  ].join('\n');
}

/** What this run made and does not serve. */
function refusedOf(result: ReleaseResult): ReleaseName | undefined {
  const { candidate, undecided } = result;
  return undecided || candidate?.version === liveAtEnd(result)?.version ? undefined : candidate;
}

function row(
  { functionArn, imageUri, run, undecided }: ReleaseResult,
  label: string,
  release: ReleaseName | undefined,
): string {
  const version =
    release === undefined
      ? undecided && label !== 'was live'
        ? 'not known'
        : '–'
      : link(escape(release.version), versionPage(functionArn, release.version));
  const image = isImage(imageUri, release?.digest) ? imagePage(imageUri) : undefined;
  return `| ${label} | ${version} | ${link(code(short(release?.digest)), image)} | ${commitLink(run, release?.commit)} |`;
}

function commitLink(run: ReleaseResult['run'], commit: string | undefined): string {
  return link(code(short(commit)), commitPage(run, commit));
}

/** In AWS's console. */
function pages(
  { functionArn, logGroup, aliasName }: ReleaseResult,
  release: ReleaseName | undefined,
): string[] {
  const alias = aliasPage(functionArn, aliasName);
  if (alias === undefined || release === undefined) return [];
  const { version } = release;
  const links = [
    link(`alias ${escape(aliasName)}`, alias),
    link(`logs of version ${version}`, versionLogsPage(functionArn, logGroup, version)),
    link(
      `log group ${escape(groupOf(functionArn, logGroup)).replaceAll(']', '\\]')}`,
      logGroupPage(functionArn, logGroup),
    ),
  ];
  return ['', `In the AWS console: ${links.join(' · ')}`];
}

function api({ apiUrl, apiVerdict }: ReleaseResult): string[] {
  const verdict = apiVerdict === undefined ? '' : ` (${escape(apiVerdict)})`;
  return apiUrl === undefined ? [] : ['', `API: ${escape(apiUrl)}${verdict}`];
}

/** Every write that reaches callers, in the plan's words, and what differs for them. */
export function changes(result: ReleaseResult): string {
  const { written, shifted, candidate } = result;
  const writes = written.map(
    ({ does, effect }) =>
      `- ${escape(capital(does))}${effect === 'done' ? '' : ' (whether this took effect is not known)'}`,
  );
  const differs = differences(result);
  const done = [...writes, ...(shifted ? differs : [])];
  const refused = refusedOf(result);
  return [
    ...(done.length === 0 ? [] : ['### What this run changed', done.join('\n')]),
    ...(shifted || refused === undefined || differs.length === 0
      ? []
      : [`### What version ${candidate?.version} would have changed`, differs.join('\n')]),
  ].join('\n\n');
}

/** From what was live to the candidate; of a rollback, what it took back. */
function differences(result: ReleaseResult): string[] {
  const { action, before, after, candidate, run, imageBytes, differences: configuration = [] } = result;
  const [from, to] =
    action === 'rollback' ? [after?.commit, before?.commit] : [before?.commit, candidate?.commit];
  const compare = comparePage(run, from, to);
  const title = action === 'rollback' ? 'Commits rolled back' : 'Commits';
  const { before: old, now } = imageBytes ?? {};
  const size = old === undefined || megabytes(old) === megabytes(now ?? 0) ? '' : `${megabytes(old)} → `;
  return [
    ...(compare === undefined ? [] : [`- ${title}: ${link(code(`${short(from)}...${short(to)}`), compare)}`]),
    ...(now === undefined ? [] : [`- Image: ${size}${megabytes(now)} compressed`]),
    ...configuration.map((line) => `- ${escape(capital(line))}`),
    ...(before === undefined || candidate === undefined || configuration.length > 0
      ? []
      : ['- Configuration: unchanged']),
  ];
}

function megabytes(bytes: number): string {
  return bytes < 1e5 ? 'less than 0.1 MB' : `${(bytes / 1e6).toFixed(1)} MB`;
}

export function record({ record: text }: ReleaseResult): string {
  return text === undefined ? '' : details('Record on the alias', verbatim([text]));
}
