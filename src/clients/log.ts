/** Where steps and clients say what they do. */
export interface Log {
  info(line: string): void;
  /** Something a person should know although the run goes on; also shown in the summary. */
  warning(message: string): void;
}
