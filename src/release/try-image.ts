/** The image that was just built answers the samples on this machine, before anything of it reaches ECR. */
import { pathOfSamples } from '../checks/load-samples.ts';
import type { ImageToTry } from '../checks/container/image-to-try.ts';
import type { ImageTrial, TrialRow } from '../checks/gate/trial.ts';
import type { Said } from '../run/session.ts';
import { plural } from '../words.ts';
import { wishedConfiguration } from './plan/configuration.ts';
import { NEW_FUNCTION, type ReleasePlan } from './plan/deploy.ts';
import type { Begun } from './provide.ts';
import type { BuiltHere } from './steps/image/build-here.ts';
import type { ReleaseSession } from './tools.ts';

/**
 * Carries out the plan's step `Try the image`, with the memory, the time limit and the start command that the function gets.
 * @returns undefined where the plan has no such step: nothing is built here, or `gate.image` is `none`.
 * @throws ImageTrialFailed, which holds what was answered; UserError `gate-port-taken`; Cancelled.
 */
export async function tryImage(
  session: ReleaseSession,
  { steps }: ReleasePlan,
  begun: Begun & { readonly built: BuiltHere | undefined; readonly captured: readonly TrialRow[] },
): Promise<ImageTrial | undefined> {
  const { built, inputs } = begun;
  // A release sends them to its version instead.
  const captured = inputs.dryRun ? begun.captured : [];
  if (steps.tryImage === undefined || built === undefined) return undefined;
  return session.step(steps.tryImage, () => attempt(session, begun, { built, captured }), trialSaid);
}

async function attempt(
  { tools }: ReleaseSession,
  begun: Begun,
  { built, captured }: { readonly built: BuiltHere; readonly captured: readonly TrialRow[] },
): Promise<ImageTrial> {
  const { samples } = begun;
  const image = imageOf(begun, built, tools.env['AWS_REGION']);
  if (samples.length + captured.length === 0) return { notTried: 'there are no samples' };
  if (image.mounts) return { notTried: 'the function has a file system, which is not on this machine' };
  const { findPlace } = await import('../checks/container/engine-network.ts');
  const network = await findPlace(tools.shell, built.architecture);
  if ('notTried' in network) return network;
  const { trySamples } = await import('../checks/container/try-samples.ts');
  return trySamples(tools, { image, network, captured }, samples);
}

/** The image as the function that it is to become. */
function imageOf(
  { inputs, target, seen }: Begun,
  { reference, architecture }: BuiltHere,
  ownRegion = 'us-east-1',
): ImageToTry & { readonly mounts: boolean } {
  const existing = seen.live ?? seen.latest;
  const configuration = wishedConfiguration(existing?.configuration ?? NEW_FUNCTION, target.wish);
  const { memorySize, timeout, ephemeralStorage, imageConfig, fileSystems = [] } = configuration;
  const { functionName } = target;
  const region = existing?.arn.split(':')[3] ?? inputs.awsRegion ?? ownRegion;
  return {
    reference,
    architecture,
    functionName,
    // An unqualified name, as what calls it through an alias has none of its own.
    functionArn:
      existing?.arn.split(':').slice(0, 7).join(':') ?? `arn:aws:lambda:${region}::function:${functionName}`,
    region,
    memoryMb: memorySize,
    ephemeralMb: ephemeralStorage,
    timeoutS: timeout,
    imageConfig,
    port: inputs.gate.port,
    variables: inputs.gate.variables,
    file: pathOfSamples(inputs),
    mounts: fileSystems.length > 0,
  };
}

function trialSaid(trial: ImageTrial): Said {
  if ('notTried' in trial) return { open: `not tried: ${trial.notTried}` };
  const { answers, usedMb, memoryMb } = trial;
  const memory = usedMb === undefined ? '' : `, ${usedMb} of ${memoryMb} MB used`;
  const own = answers.filter(({ row }) => row.from === 'samples');
  const replayed = answers.length - own.length;
  const after = `${replayed === 0 ? '' : `, ${plural(replayed, 'captured request')} sent`}${memory}`;
  const expected = own.filter((answer) => answer.asExpected === true).length;
  if (expected === 0) return `${plural(own.length, 'sample')} answered${after}`;
  const rest = own.length - expected;
  const more = rest === 0 ? '' : `, ${rest} without an expectation`;
  return `${plural(expected, 'answer')} as expected${more}${after}`;
}
