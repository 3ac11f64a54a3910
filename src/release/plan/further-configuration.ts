/** What a release wishes of the settings that a function may lack, and the part of an update that brings it there. */
import {
  DEFAULT_LOG_LEVEL,
  type ApplicationLogLevel,
  type Configuration,
  type ImageConfig,
  type Logging,
  type SystemLogLevel,
} from '../../types.ts';
import { furtherChanges, type FurtherSetting } from '../record/further-settings.ts';

/** Absent members keep what is live; an empty list gives back what the image says. */
export interface FurtherWish {
  readonly imageConfigCommand?: readonly string[] | undefined;
  readonly imageConfigEntryPoint?: readonly string[] | undefined;
  readonly imageConfigWorkingDirectory?: string | undefined;
  readonly snapStart?: 'None' | 'PublishedVersions' | undefined;
  readonly kmsKeyArn?: string | undefined;
  readonly deadLetterTargetArn?: string | undefined;
  /** The two of a file system come together. */
  readonly fileSystemArn?: string | undefined;
  readonly fileSystemLocalMountPath?: string | undefined;
  readonly logFormat?: 'JSON' | 'Text' | undefined;
  readonly applicationLogLevel?: ApplicationLogLevel | undefined;
  readonly systemLogLevel?: SystemLogLevel | undefined;
  readonly logGroup?: string | undefined;
}

type FurtherConfiguration = Pick<
  Configuration,
  'imageConfig' | 'snapStart' | 'kmsKeyArn' | 'deadLetterTargetArn' | 'fileSystems' | 'logging'
>;

export function wishedFurther(current: FurtherConfiguration, wish: FurtherWish): FurtherConfiguration {
  const { fileSystemArn: arn, fileSystemLocalMountPath: localMountPath } = wish;
  return given({
    imageConfig: wishedImageConfig(current.imageConfig, wish),
    snapStart: wish.snapStart ?? current.snapStart,
    kmsKeyArn: wish.kmsKeyArn ?? current.kmsKeyArn,
    deadLetterTargetArn: wish.deadLetterTargetArn ?? current.deadLetterTargetArn,
    fileSystems:
      arn === undefined || localMountPath === undefined ? current.fileSystems : [{ arn, localMountPath }],
    logging: wishedLogging(current.logging, wish),
  });
}

function wishedImageConfig(current: ImageConfig = {}, wish: FurtherWish): ImageConfig | undefined {
  const [command, entryPoint] = [
    wish.imageConfigCommand ?? current.command ?? [],
    wish.imageConfigEntryPoint ?? current.entryPoint ?? [],
  ];
  const wished = given({
    command: command.length === 0 ? undefined : command,
    entryPoint: entryPoint.length === 0 ? undefined : entryPoint,
    workingDirectory: wish.imageConfigWorkingDirectory ?? current.workingDirectory,
  });
  return Object.keys(wished).length === 0 ? undefined : wished;
}

function wishedLogging(current: Logging | undefined, wish: FurtherWish): Logging | undefined {
  const { logFormat, applicationLogLevel, systemLogLevel, logGroup } = wish;
  if ([logFormat, applicationLogLevel, systemLogLevel, logGroup].every((member) => member === undefined))
    return current;
  const format = logFormat ?? current?.format ?? 'Text';
  const levels = {
    applicationLevel: applicationLogLevel ?? current?.applicationLevel ?? DEFAULT_LOG_LEVEL,
    systemLevel: systemLogLevel ?? current?.systemLevel ?? DEFAULT_LOG_LEVEL,
  } as const;
  return { format, ...(format === 'JSON' ? levels : {}), ...given({ group: logGroup ?? current?.group }) };
}

/** Only what differs. A structure goes whole, because Lambda replaces it as a whole; what is gone is sent as empty. */
export function furtherUpdate(from: Configuration, to: Configuration): FurtherConfiguration {
  const changed = new Set(furtherChanges(from, to).map(({ name }) => name));
  const differs = (...names: readonly FurtherSetting[]) => names.some((name) => changed.has(name));
  return {
    ...(differs('command', 'entry point', 'working directory') && { imageConfig: to.imageConfig ?? {} }),
    ...(differs('SnapStart') && { snapStart: to.snapStart ?? 'None' }),
    ...(differs('KMS key') && { kmsKeyArn: to.kmsKeyArn ?? '' }),
    ...(differs('dead-letter target') && { deadLetterTargetArn: to.deadLetterTargetArn ?? '' }),
    ...(differs('file system') && { fileSystems: to.fileSystems ?? [] }),
    ...(differs('log format', 'application log level', 'system log level', 'log group') && {
      logging: to.logging ?? { format: 'Text' },
    }),
  };
}

type Given<T> = { readonly [K in keyof T]?: Exclude<T[K], undefined> };

function given<T extends object>(members: T): Given<T> {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as Given<T>;
}
