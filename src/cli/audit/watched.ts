import { publishedSize } from '../../audit/read.ts'
import type { EntrySource } from '../../records/indexer.ts'
import type { Terminal } from '../command.ts'
import { Progress } from '../line/progress.ts'

/** The entries of the log in `dir`, with how far they are read on the terminal. */
export function watched(source: EntrySource, dir: string, terminal: Terminal): EntrySource {
  if (!terminal.progress) return source
  return async function* entries(from, to) {
    using progress = new Progress(terminal, 'entries')
    const size = to ?? (await sizeOf(dir))
    for await (const bundle of source(from, to)) {
      const { index = from } = bundle.at(-1) ?? {}
      progress.show(index - from + 1, size === undefined ? undefined : size - from)
      yield bundle
    }
  }
}

/** What is wrong with a log is told by who reads it. */
async function sizeOf(dir: string): Promise<number | undefined> {
  try {
    return await publishedSize(dir)
  } catch {
    return undefined
  }
}
