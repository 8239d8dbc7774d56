#!/usr/bin/env node
// Entry of `npx tollgate`: runs the command line on the Node that fits, made ready first where it is not.

import * as module from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

// As early as can be: what strips the types of a file that is not kept takes longer than all of them.
// A Node that is too old to keep any runs another.
module.enableCompileCache?.(
  join(fileURLToPath(new URL('.', import.meta.url)), '../node_modules/.cache/tollgate'),
)
process.argv.splice(2, 0, 'src/cli/main.ts')
await import('./prepare.mjs')
