import type { ApiAddress } from '../clients/api-gateway.ts';
import { defaultApiUrl, type StagedRelease } from './plan/api.ts';
import { connectApi, readApi, readStage, restoreStage, type Connected } from './steps/api/connect-api.ts';
import { verifyApi } from './steps/alias/verify.ts';
import type { FunctionVersion } from '../types.ts';
import type { Candidate } from './candidate.ts';
import type { Session } from '../run/session.ts';

/** The API in front of the alias, where there is one. Undefined without an API. */
export async function connect(candidate: Candidate, session: Session): Promise<Connected | undefined> {
  const { target, seen, inputs, version, release } = candidate;
  const { api, functionName } = target;
  if (api === undefined || seen.api === undefined) return undefined;
  session.story.apiUrl = inputs.apiUrl ?? defaultApiUrl(functionArn(version), api);
  const situation = candidate.readAgain ? await readApi(session.tools, api) : seen.api;
  const connection = {
    functionName,
    functionArn: functionArn(version),
    address: api,
    release: { alias: target.aliasName, version: version.version, commit: release.commit },
    repair: inputs.apiRepair || inputs.create,
    op: session.writer(false).op,
  };
  return session.step(
    'Let the API serve the alias',
    () => connectApi(session.tools, connection, situation),
    ({ changed }) => (changed ? 'the stage carries the release' : 'the stage carries it already'),
  );
}

/** One of the samples over HTTPS, the way people ask. */
export async function askApi(
  { target, inputs, version, samples }: Candidate,
  connected: Connected,
  { step, story, tools }: Session,
): Promise<void> {
  if (target.api === undefined) return;
  const routes = connected.integrations.map(({ label }) => label);
  const door = {
    kind: target.api.kind,
    baseUrl: story.apiUrl ?? '',
    exactUrl: inputs.apiUrl,
    routes,
    hidden: Object.values(version.configuration.environment),
  };
  const verdict = await step(
    'Ask through the API',
    () => verifyApi(tools, door, samples),
    (found) => (found.kind === 'answers' ? `status ${found.status}, the expected answer` : found.why),
  );
  story.apiVerdict =
    verdict.kind === 'answers' ? `answers with ${verdict.status}` : `not asked: ${verdict.why}`;
}

/** After a release was taken back, the stage says so too. */
export async function returnStage(
  address: ApiAddress,
  release: StagedRelease,
  { step, tools }: Session,
): Promise<void> {
  await step(
    'Return the stage',
    async () => restoreStage(tools, address, { release, stage: await readStage(tools, address) }),
    (changed) => (changed ? `it carries version ${release.version}` : 'it carries that release already'),
  );
}

/** Without the version's number at its end. */
function functionArn(version: FunctionVersion): string {
  return version.arn.split(':').slice(0, 7).join(':');
}
