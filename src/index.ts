/** The actions and the command line: one export, one stub in dist/. Each loads what it needs when it is called, and nothing of the others. */

export async function deploy(): Promise<void> {
  const [{ onGitHub }, { deployAction, guards }] = await Promise.all([
    import('./run/on-github.ts'),
    import('./actions/deploy.ts'),
  ]);
  await onGitHub(deployAction, { guards });
}

export async function plan(): Promise<void> {
  const [{ onGitHub }, { planAction, guards }] = await Promise.all([
    import('./run/on-github.ts'),
    import('./actions/plan.ts'),
  ]);
  await onGitHub(planAction, { guards });
}

export async function rollback(): Promise<void> {
  const [{ onGitHub }, { rollbackAction, guards }] = await Promise.all([
    import('./run/on-github.ts'),
    import('./actions/rollback.ts'),
  ]);
  await onGitHub(rollbackAction, { guards });
}

export async function attach(): Promise<void> {
  const [{ aloneOnGitHub }, { attachAction, runnerTools }] = await Promise.all([
    import('./run/run-alone.ts'),
    import('./actions/attach.ts'),
  ]);
  await aloneOnGitHub(attachAction, runnerTools);
}

export async function cli(): Promise<void> {
  await (await import('./cli.ts')).main();
}
