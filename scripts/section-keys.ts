/** What the pages and the schema say of the keys of sections, in the order of the tables in src/inputs/gate-fields.ts. */
import type { Field, Shape, Table } from '../src/inputs/fields.ts';

interface Said {
  /** What it means, for the schema too. */
  readonly says: string;
  /** When a release is refused by it; without it nothing is. */
  readonly refuses?: string;
}

const gate: Readonly<Record<string, Said>> = {
  'gate.image': {
    says: '`samples`: the image that was just built answers the samples on the runner, before it is pushed. `none` leaves that out.',
    refuses: 'An image that does not start, or answers a sample otherwise than expected.',
  },
  'gate.port': {
    says: 'The TCP port on which the container serves HTTP, 1 to 65535. Without it the container speaks the Lambda Runtime API.',
  },
  'gate.variables': {
    says: 'The variables of the container on the runner, `NAME: value`, and the only ones that it gets. None of them is a secret: a pull request is code that nobody has read.',
  },
  'gate.live': {
    says: '`compare`: the same samples go to the candidate and, twice, to the live version. `none` leaves that out.',
  },
  'gate.samples-from': {
    says: 'Captured requests for the comparison: a JSON Lines file of the workspace, or `s3://bucket/prefix`. Only with `replay: safe`.',
  },
  'gate.replay': {
    says: '`safe` says that the handler writes nothing, so that captured requests may be sent again.',
  },
  'gate.changed.max-share': {
    says: 'The largest share of predictions that may differ from the live version, beyond what the live version differs from itself.',
    refuses: 'A larger share.',
  },
  'gate.changed.fields': {
    says: 'The fields of the answer that are compared, such as `label` or `scores.virginica`. All of the answer without it.',
  },
  'gate.must-not-be-worse-than-live': {
    says: 'Whether the candidate must do as well as the live version on samples with expected answers.',
    refuses: 'A candidate that is measurably worse (exact McNemar test, p < .05).',
  },
  'gate.latency-p95-ms': {
    says: 'The limit of the 95th percentile of latency, in milliseconds.',
    refuses: 'A slower candidate.',
  },
  'gate.cold-start-p95-ms': {
    says: 'The limit of the 95th percentile of cold starts, in milliseconds.',
    refuses: 'Slower cold starts.',
  },
  'gate.cold-starts': {
    says: 'How many cold starts are forced on the new version, by as many calls at once, 1 to 100.',
  },
  'gate.memory-headroom': {
    says: "The share of the function's memory that must stay free.",
    refuses: 'A candidate that leaves less free.',
  },
  'gate.image-size': {
    says: 'The largest size of the image, compressed as ECR stores it: a number with MB, MiB, GB or GiB, from 1 MB to 10 GiB.',
    refuses: 'A larger image.',
  },
  'gate.metrics.file': { says: 'The metrics of this training: a JSON file of the workspace. Required.' },
  'gate.metrics.constraints': {
    says: "A file with limits in the quality form of Model Monitor's constraints.json.",
    refuses: 'A metric beyond its limit.',
  },
  'gate.metrics.max-loss': {
    says: 'The share by which a metric may be worse than that of the live release. Without it the difference is shown.',
    refuses: 'A metric that is worse by more.',
  },
  'gate.data.file': {
    says: 'The data of this training: a CSV, Parquet or JSON Lines file of the workspace. Required.',
  },
  'gate.data.constraints': {
    says: "A file with limits in the data form of Model Monitor's constraints.json. Required.",
    refuses: 'Data beyond a limit: rows, columns, types, completeness, domains.',
  },
  'gate.load.requests': {
    says: 'How many calls a short load test makes on the new version, 1 to 10000. Required.',
  },
  'gate.load.concurrency': {
    says: 'How many of them run at once, 1 to 100 and at most `requests`; fewer where the account has less to spare. Required.',
  },
  'gate.load.max-errors': {
    says: 'The largest share of calls that may fail.',
    refuses: 'A larger share.',
  },
  'gate.load.p95-ms': {
    says: 'The limit of the 95th percentile of latency under load, in milliseconds.',
    refuses: 'A slower candidate.',
  },
  'gate.scan.max-severity': {
    says: "The worst finding of ECR's scan that is let through: `none`, `low`, `medium`, `high` or `critical`. Required.",
    refuses: 'An image with a worse finding.',
  },
  'gate.scan.wait': { says: 'How many minutes findings are waited for, 0 to 60.' },
};

const attestation: Readonly<Record<string, Said>> = {
  'attestation.verify': {
    says: 'Whether the image must have a proof of where it was built. `off` asks for none; with `warn` a proof that cannot be had is a warning; with `require` it refuses.',
    refuses: 'A proof that contradicts; with `require` also one that cannot be had.',
  },
  'attestation.repository': {
    says: 'The repository that must have built the image, such as `acme/iris`. This repository without it.',
  },
  'attestation.workflow': {
    says: 'The workflow that must have built the image, such as `.github/workflows/ci_cd.yml`. Any of the repository without it.',
  },
  'attestation.bundle': {
    says: "A file of the workspace with the attestation's bundle, JSON or JSON Lines, where GitHub is not to be asked.",
  },
  'attestation.trusted-root': {
    says: 'A file of the workspace with the trusted root, JSON or JSON Lines. Without it `gh attestation trusted-root` fetches those of GitHub and Sigstore.',
  },
  'attestation.provenance': {
    says: 'Attach a proof of where it was built to what this run builds. The job needs `id-token: write`, `attestations: write` and `github-token`.',
  },
};

const sections: Readonly<Record<string, Said>> = {
  'gate.changed': { says: 'Predictions that differ from those of the live version.' },
  'gate.metrics': { says: 'The metrics of this training, against limits and against the live release.' },
  'gate.data': { says: 'The data of this training, against limits.' },
  'gate.load': { says: 'A short load test on the new version.' },
  'gate.scan': { says: "What ECR's scan of the image may find." },
};

const texts: Readonly<Record<string, Said>> = { ...gate, ...attestation, ...sections };

/** What is said of a key. */
export function said(path: string): Said | undefined {
  return texts[path];
}

/** The paths that have a sentence. */
export const saidPaths: readonly string[] = Object.keys(texts);

/** Every key of a section with its field, sections inside it taken apart. */
export function keysOf(
  name: string,
  table: Table,
): readonly (readonly [path: string, field: Field<unknown>])[] {
  return Object.entries(table).flatMap(([key, field]) => {
    const path = `${name}.${key}`;
    const { shape } = field;
    return shape.kind === 'section' ? keysOf(path, shape.keys) : [[path, field] as const];
  });
}

/** The Markdown table of a section. */
export function keysTable(name: string, shape: Shape | undefined): string {
  if (shape?.kind !== 'section') throw new Error(`${name} is not a section of the configuration file.`);
  const rows = keysOf(name, shape.keys).map(([path, { fallback }]) => {
    const { says, refuses = '' } = texts[path] ?? missing(path);
    const shown = fallback === undefined || fallback === '' ? '' : `\`${fallback}\``;
    return `| \`${path.slice(name.length + 1)}\` | ${shown} | ${says} | ${refuses} |`;
  });
  return ['| Key | Default | Meaning | Refuses |', '| --- | --- | --- | --- |', ...rows].join('\n');
}

function missing(path: string): never {
  throw new Error(`${path} has no sentence in scripts/section-keys.ts.`);
}
