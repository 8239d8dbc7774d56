import { writeFileSync } from 'node:fs'
import { generatedPages } from './pages.ts'

// Entry of `npm run docs`.

for (const [path, text] of Object.entries(await generatedPages())) writeFileSync(path, text)
