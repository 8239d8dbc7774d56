// Entry of `npm run gate` and of the container: `tollgate start`.

process.argv.splice(2, 0, 'start')
await import('./cli/main.ts')
