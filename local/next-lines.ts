/**
 * What to type next to a local AWS: from an empty folder to a release, and back.
 * @param home the folder of this project.
 */
export function nextLines(home: string): readonly string[] {
  const program = `node ${/^[\w./-]+$/.test(home) ? home : `'${home.replaceAll("'", `'\\''`)}'`}/dist/cli.js`;
  return [
    `${program} init iris --action-repository acme/model-release`,
    'cd iris && git init --quiet && git add . && git commit --quiet -m "A model"',
    `${program} check`,
    `${program} plan`,
    `${program} deploy`,
    `${program} status`,
  ];
}
