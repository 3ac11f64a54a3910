/** The files that `gate` and `attestation` name: each must be there, inside the checkout. */
import { insideWorkspace } from '../../clients/workspace.ts';
import { UserError } from '../../errors.ts';
import { InvalidInputs, readInputs, type Table } from '../../inputs/fields.ts';
import { attestationField, gateField } from '../../inputs/gate-fields.ts';
import { placed, type CheckedService } from './configuration.ts';
import type { Problem } from './problem.ts';

/** A key with the path that it names, relative to the checkout. */
type NamedFile = readonly [key: string, path: string | undefined];

/** @param file the configuration file, for problems of what a flag gives. */
export async function namedFilesOf(
  { cwd, file }: { readonly cwd: string; readonly file: string },
  services: readonly CheckedService[],
): Promise<readonly Problem[]> {
  const problems: Problem[] = [];
  for (const source of services) {
    for (const [input, path] of [...gateFiles(source), ...attestationFiles(source)]) {
      if (path === undefined) continue;
      const mistake = await mistakeOf({ workspace: cwd, path, input });
      const at = source.origin?.(input);
      if (mistake !== undefined)
        problems.push(placed(file, `${at === undefined ? '' : `${at}: `}${mistake}`, undefined));
    }
  }
  return problems;
}

function gateFiles(source: CheckedService): readonly NamedFile[] {
  const gate = read({ gate: gateField }, source)?.gate;
  const isBucket = gate?.samplesFrom?.startsWith('s3://') === true;
  return [
    ['gate.samples-from', isBucket ? undefined : gate?.samplesFrom],
    ['gate.metrics.file', gate?.metrics?.file],
    ['gate.metrics.constraints', gate?.metrics?.constraints],
    ['gate.data.file', gate?.data?.file],
    ['gate.data.constraints', gate?.data?.constraints],
  ];
}

function attestationFiles(source: CheckedService): readonly NamedFile[] {
  const attestation = read({ attestation: attestationField }, source)?.attestation;
  return [
    ['attestation.bundle', attestation?.bundle],
    ['attestation.trusted-root', attestation?.trustedRoot],
  ];
}

/** The values of one section; undefined where it is wrong, which has been told. */
function read<const T extends Table>(table: T, { text, origin = () => undefined }: CheckedService) {
  try {
    return readInputs(table, { text, origin });
  } catch (error) {
    if (error instanceof InvalidInputs) return undefined;
    throw error;
  }
}

async function mistakeOf(named: Parameters<typeof insideWorkspace>[0]): Promise<string | undefined> {
  try {
    await insideWorkspace(named);
    return undefined;
  } catch (error) {
    if (error instanceof UserError) return error.what.replace(/\.$/, '');
    throw error;
  }
}
