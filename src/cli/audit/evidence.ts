import { readFile, writeFile } from 'node:fs/promises'
import type { LeafContent } from '../../audit/leaf.ts'
import { checkEvidence, evidenceFaults } from '../../evidence/check.ts'
import { evidenceBytesMax, type ProvenEvent } from '../../evidence/format.ts'
import { makeEvidence } from '../../evidence/make.ts'
import { readable } from '../../evidence/opened.ts'
import { renderPage } from '../../evidence/page.ts'
import { canonicalJson } from '../../kernel/canonical-json.ts'
import { Failure } from '../../kernel/failure.ts'
import { readArguments } from '../arguments.ts'
import { type Command, exitCodes, printable } from '../command.ts'
import { archiveOptions, archiveUsage, inArchive, placeOfCall } from './archive.ts'

const makeOptions = { ...archiveOptions, out: { type: 'string' } } as const
const checkOptions = { key: { type: 'string' }, witness: { type: 'string' } } as const

/** `tollgate audit evidence`: 0 when the file is written, 1 when the log has no such call. */
export const auditEvidence: Command = {
  recorded: 'whole',
  usage: `audit evidence <call-id> ${archiveUsage} [--out <file>]`,
  help: "Write one file that proves a call's events to a stranger; the id is ours or the SIP Call-ID.",
  async run(args, terminal) {
    const otherwise = 'exactly one call id is needed'
    const wanted = { options: makeOptions, count: 1, otherwise } as const
    const { values, argument: callId } = readArguments(args, wanted)
    const place = await placeOfCall(values, terminal, callId)
    return inArchive(values, async ({ dir, opener }) => {
      const evidence = await makeEvidence(dir, { callId, opener, place })
      const out = values.out ?? `evidence-${evidence.callId.replace(/[^\w.-]/g, '_')}.html`
      // Who has been given a file by this name goes on having it.
      await writeFile(out, renderPage(evidence), { flag: 'wx', mode: 0o600 })
      terminal.out(printable(`${out}: ${evidence.events.length} events of ${evidence.callId}`))
      return exitCodes.ok
    })
  },
}

/** `tollgate audit check`: 0 when the file proves what it says, 1 when it does not. */
export const auditCheck: Command = {
  usage: 'audit check <file> [--key <verifier key>] [--witness <verifier key>]',
  help: 'Check an evidence file by itself, without log or configuration, and print what it proves.',
  async run(args, terminal) {
    const otherwise = 'exactly one file is needed'
    const wanted = { options: checkOptions, count: 1, otherwise } as const
    const { values, argument: file } = readArguments(args, wanted)
    const checked = checkEvidence(await readBounded(file), values)
    if ('fault' in checked) {
      const where = checked.index === undefined ? '' : `, entry ${checked.index}`
      terminal.out(printable(`NO PROOF ${file}${where}: ${evidenceFaults[checked.fault]}`))
      return exitCodes.no
    }
    const { evidence, checkpoint, contents } = checked
    const lines = contents.map((content, at) => eventLine(content, evidence.events[at]))
    terminal.out(printable(`OK ${file}: ${contents.length} events of call ${evidence.callId}`))
    terminal.out(printable(`  origin ${checkpoint.origin}, ${checkpoint.size} entries`))
    terminal.out(printable(`  key    ${evidence.verifierKey}`))
    for (const line of lines) terminal.out(printable(line))
    if (values.key === undefined) {
      terminal.err('The key was taken from the file: give --key with the one the log is known by.')
    }
    return exitCodes.ok
  },
}

/** Index, moment, type, and the rest as JSON. */
function eventLine(content: LeafContent, proven: ProvenEvent | undefined): string {
  const event = readable(content, proven?.opened ?? []) as { readonly type: string }
  const { type, ...rest } = event
  return `${proven?.index} ${new Date(content.atMs).toISOString()} ${type} ${canonicalJson(rest)}`
}

async function readBounded(file: string): Promise<Buffer> {
  const bytes = await readFile(file)
  if (bytes.length <= evidenceBytesMax) return bytes
  throw new Failure('not_found', `${file} is longer than evidence can be`)
}
