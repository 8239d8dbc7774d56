// Loaded before all else into every process of a test run. Plain JavaScript, for a test may also start
// the Node of the machine, which knows no types.

if (process.env.KEPT_RUN_DIR && Number(process.versions.node.split('.')[0]) >= 24) {
  const { watchProcess } = await import('./watch-process.ts')
  watchProcess()
}
