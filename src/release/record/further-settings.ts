/** The settings that a function may lack: one text each, by which they are compared and told. */
import type { Configuration } from '../../types.ts';

const NONE = 'none';

/** Every setting under the name that a person reads. */
const TOLD = {
  command: ({ imageConfig }) => items(imageConfig?.command),
  'entry point': ({ imageConfig }) => items(imageConfig?.entryPoint),
  'working directory': ({ imageConfig }) => imageConfig?.workingDirectory,
  SnapStart: ({ snapStart }) => snapStart ?? 'None',
  'KMS key': ({ kmsKeyArn }) => kmsKeyArn,
  'dead-letter target': ({ deadLetterTargetArn }) => deadLetterTargetArn,
  'file system': ({ fileSystems = [] }) =>
    fileSystems.map(({ arn, localMountPath }) => `${arn} at ${localMountPath}`).join(', '),
  'log format': ({ logging }) => logging?.format ?? 'Text',
  'application log level': ({ logging }) => logging?.applicationLevel,
  'system log level': ({ logging }) => logging?.systemLevel,
  'log group': ({ logging }) => logging?.group,
} as const satisfies Readonly<Record<string, (configuration: Configuration) => string | undefined>>;

export type FurtherSetting = keyof typeof TOLD;

export interface FurtherChange {
  readonly name: FurtherSetting;
  readonly from: string;
  readonly to: string;
}

export function furtherChanges(from: Configuration, to: Configuration): readonly FurtherChange[] {
  return Object.entries(TOLD).flatMap(([name, tell]) => {
    const [before, after] = [tell(from) || NONE, tell(to) || NONE];
    return before === after ? [] : [{ name: name as FurtherSetting, from: before, to: after }];
  });
}

/** As JSON, in which two arguments differ from one with a blank. */
function items(list: readonly string[] = []): string | undefined {
  return list.length === 0 ? undefined : JSON.stringify(list);
}
