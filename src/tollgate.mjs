#!/usr/bin/env node
// Entry of `npx tollgate`: runs the command line on the Node that fits, made ready first where it is not.

process.argv.splice(2, 0, 'src/cli/main.ts')
await import('./prepare.mjs')
