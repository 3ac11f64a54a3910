/** Where an image comes from, and what is known to be wrong with it: said before a version of it is published. */
import { refuseByGate } from '../checks/gate/gate-refused.ts';
import type { GateFinding, GateResult } from '../checks/gate/trial.ts';
import type { Said } from '../run/session.ts';
import { gateOfFiles } from './gate-files.ts';
import type { ReleasePlan } from './plan/deploy.ts';
import type { Begun } from './provide.ts';
import { attestImage } from './steps/image/attest-image.ts';
import { checkScan } from './steps/image/check-scan.ts';
import type { ProvidedImage } from './steps/image/provide-image.ts';
import { verifyAttestation } from './steps/image/verify-attestation.ts';
import type { ReleaseSession } from './tools.ts';

/**
 * Carries out the plan's steps about the image in ECR: its provenance is attached, its attestation is verified, ECR's scan is read.
 * @throws UserError `gate-refused` with everything that refuses; `attestation-failed`.
 */
export async function checkSupply(
  session: ReleaseSession,
  { steps }: ReleasePlan,
  { inputs, target, seen, image }: Begun & { readonly image: ProvidedImage },
): Promise<GateResult | undefined> {
  const { tools, run } = session;
  const { repository } = target;
  const { digest } = image;
  const findings: GateFinding[] = [];
  if (steps.attest !== undefined) {
    const name = image.imageUri.slice(0, image.imageUri.indexOf('@'));
    const built = { name, digest, commit: image.commit, run, token: inputs.githubToken };
    const attest = async () => {
      if (image.isOwn) await attestImage(tools, built);
      return image.isOwn;
    };
    await session.step(steps.attest, attest, attestedSaid);
  }
  if (steps.proof !== undefined) {
    const digests = [...new Set([digest, seen.image?.digest ?? digest])];
    const proven = { digests, run, token: inputs.githubToken, isRollback: false };
    const verify = () => verifyAttestation(tools, proven, inputs.attestation);
    findings.push(...one(await session.step(steps.proof, verify, findingSaid)));
  }
  const { scan } = inputs.gate;
  if (steps.scan !== undefined && scan !== undefined)
    findings.push(
      await session.step(steps.scan, () => checkScan(tools, { repository, digest }, scan), findingSaid),
    );
  for (const finding of findings) warnOf(session, finding);
  if (findings.length === 0) return undefined;
  const gate = gateOfFiles(findings);
  refuseByGate(gate);
  return gate;
}

function attestedSaid(isOwn: boolean): Said {
  return isOwn
    ? 'GitHub keeps its provenance'
    : { open: 'another run pushed this image, so this one cannot say how it was built' };
}

function one(finding: GateFinding | undefined): readonly GateFinding[] {
  return finding === undefined ? [] : [finding];
}

/** What cannot be told is no success, and shows no tick. */
export function findingSaid(finding: GateFinding | undefined): Said {
  if (finding === undefined) return 'nothing was asked for';
  return finding.kind === 'passed' ? finding.sentence : { open: finding.sentence };
}

export function warnOf({ tools }: ReleaseSession, { kind, sentence, fix = '' }: GateFinding): void {
  if (kind === 'unknown') tools.log.warning(`${sentence}. ${fix}`);
}
