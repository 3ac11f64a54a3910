/** Whether everything that a release names lies in one account and region, and how the AWS CLI is led there. */
import { ecrRegistry } from '../../aws/partitions.ts';
import { UserError } from '../../errors.ts';

interface Place {
  readonly region: string;
  readonly account: string;
}

/** What the inputs name; an ARN and a registry's host say where they are. */
export interface Named {
  /** A function's name, or its ARN. */
  readonly functionName: string;
  /** `<registry>/<repository>…`, where the caller brought the image. */
  readonly imageUri: string | undefined;
}

/**
 * Another region's function of the same name is not the one that was meant, and Lambda takes images of its own region only.
 * @param found the ARN of the function or alias that AWS told of; undefined when there is none yet.
 * @throws UserError `wrong-place`; nothing was written by then.
 */
export function refuseOtherPlace({ functionName, imageUri }: Named, found: string | undefined): void {
  const meant = ofArn(functionName);
  const here = ofArn(found) ?? meant;
  if (here === undefined) return;
  if (meant !== undefined && !same(meant, here)) {
    throw new UserError('wrong-place', {
      what: `function-name is an ARN of ${said(meant)}, and the credentials of this run lead to ${said(here)}.`,
      fix: 'Check aws-region and the role that the run assumes; nothing was changed.',
    });
  }
  const registry = ofRegistry(imageUri);
  if (registry !== undefined && !same(registry, here)) {
    throw new UserError('wrong-place', {
      what: `image-uri is in the registry of ${said(registry)}, and the function is in ${said(here)}.`,
      fix: "Push the image to a repository in the function's own account and region, or replicate it there.",
    });
  }
}

/** Whether an image lies in the registry of the function's own account and region: the only one that is looked up in ECR here. */
export function isBeside(imageUri: string, functionArn: string): boolean {
  const [registry, here] = [ofRegistry(imageUri), ofArn(functionArn)];
  return registry !== undefined && here !== undefined && same(registry, here);
}

/** The function of a Lambda ARN as options of the AWS CLI: a line to paste works from any machine. */
export function cliOptions(arn: string): string {
  const [, , , region, , , name] = arn.split(':');
  return `--function-name ${name} --region ${region}`;
}

const said = ({ account, region }: Place) => `account ${account} in ${region}`;
const same = (a: Place, b: Place) => a.region === b.region && a.account === b.account;

function ofArn(text: string | undefined): Place | undefined {
  const [scheme, , , region, account] = text?.split(':') ?? [];
  return scheme === 'arn' && region !== undefined && account !== undefined ? { region, account } : undefined;
}

/** Undefined for a host that is not ECR's, such as a registry on a laptop. */
const ofRegistry = (imageUri: string | undefined): Place | undefined => ecrRegistry(imageUri ?? '');
