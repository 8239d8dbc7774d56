import { existsSync } from 'node:fs'
import { IndexFile } from './index-file.ts'

interface Entry {
  readonly subject: string
  readonly id: string
  readonly text: string
}

/** What was declared when the index came this far, by subject and id. */
export type Declared = ReadonlyMap<string, Entry>

/** What the log says is declared, as far as the index has come; nothing where there is no index. */
export function readDeclared(path: string): Declared {
  if (!existsSync(path)) return new Map()
  using file = new IndexFile(path)
  const rows = file.statement('SELECT subject, id, text FROM declared').all()
  return new Map(
    rows.map((row) => {
      const [subject, id, text] = [String(row.subject), String(row.id), String(row.text)]
      return [`${subject} ${id}`, { subject, id, text }]
    }),
  )
}
