import type { ApiAddress, Stage } from '../../../clients/api-gateway.ts';
import { orMissing, UserError } from '../../../errors.ts';
import type { ApiSituation } from '../../plan/api.ts';
import type { ReleaseTools } from '../../tools.ts';

/** Stage and integrations; both reads run together. @throws UserError `stage-missing`. */
export async function readApi(tools: ReleaseTools, address: ApiAddress): Promise<ApiSituation> {
  const api = tools.apiGateway(address);
  const [stage, integrations] = await Promise.all([
    readStage(tools, address),
    // Without the API itself there is no stage either, which says it in words.
    orMissing(api.getIntegrations()),
  ]);
  return { stage, integrations: integrations ?? [], proven: false };
}

/** @throws UserError `stage-missing`. */
export async function readStage(tools: ReleaseTools, address: ApiAddress): Promise<Stage> {
  const stage = await orMissing(tools.apiGateway(address).getStage());
  if (stage !== undefined) return stage;
  throw new UserError('stage-missing', {
    what: `${address.kind} API ${address.apiId} has no stage ${address.stage} (or there is no such API in this region).`,
    fix: 'Check rest-api-id or http-api-id, api-stage and the region.',
  });
}
