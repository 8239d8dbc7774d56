import type { LeafContent } from '../../audit/leaf.ts'
import { checkEvidence, evidenceFaults } from '../../evidence/check.ts'
import { evidenceBytesMax, type ProvenEvent } from '../../evidence/format.ts'
import { makeEvidence } from '../../evidence/make.ts'
import { readable } from '../../evidence/opened.ts'
import { renderPage } from '../../evidence/page.ts'
import { canonicalJson } from '../../kernel/canonical-json.ts'
import { writeNewFiles } from '../../kernel/new-files.ts'
import { command, exitCodes } from '../command.ts'
import { jsonOption, optional } from '../line/options.ts'
import { readGiven } from '../line/read-given.ts'
import { show } from '../line/show.ts'
import { file, word } from '../line/values.ts'
import { inArchive, placesIn } from './archive.ts'
import { logKey, witnessKey } from './believed.ts'
import { archiveOptions } from './options.ts'

/** `tollgate audit evidence`: 0 when the file is written, 1 when the log has no such call. */
export const auditEvidence = command({
  recorded: 'whole',
  argument: { type: word('<call-id>'), help: 'Our id of the call, or its SIP Call-ID.' },
  options: {
    out: optional(
      file,
      'The file to write, which must not exist; without it, evidence-<call-id>.html.',
    ),
    ...archiveOptions,
  },
  no: 'the log has no such call',
  async run({ values, argument: callId }, terminal) {
    const [place] = await placesIn(values, terminal, callId)
    return inArchive(values, async ({ dir, opener }) => {
      const evidence = await makeEvidence(dir, { callId, opener, place })
      const out = values.out ?? `evidence-${evidence.callId.replace(/[^\w.-]/g, '_')}.html`
      // Who has been given a file by this name goes on having it.
      writeNewFiles({ [out]: renderPage(evidence) })
      const value = { file: out, callId: evidence.callId, events: evidence.events.length }
      const lines = [`${out}: ${value.events} events of ${evidence.callId}`]
      show(terminal, { json: values.json, value, lines })
      return exitCodes.ok
    })
  },
})

/** `tollgate audit check`: 0 when the file proves what it says, 1 when it does not. */
export const auditCheck = command({
  argument: { type: file, help: 'What `audit evidence` or the API made.' },
  options: {
    key: optional(logKey, 'The key that the log is known by.'),
    witness: optional(witnessKey, 'The key of a witness that must have cosigned it.'),
    json: jsonOption,
  },
  no: 'the file proves nothing',
  async run({ values, argument: path }, terminal) {
    const checked = checkEvidence(await readGiven(path, evidenceBytesMax), values)
    if ('fault' in checked) {
      const { fault, index } = checked
      const where = index === undefined ? '' : `, entry ${index}`
      const lines = [`NO PROOF ${path}${where}: ${evidenceFaults[fault]}`]
      const value = { proven: false, fault, index: index ?? null }
      show(terminal, { json: values.json, value, lines })
      return exitCodes.no
    }
    const { evidence, checkpoint, contents } = checked
    const events = contents.map((content, at) => eventOf(content, evidence.events[at]))
    const { callId, verifierKey } = evidence
    const { origin, size } = checkpoint
    const lines = [
      `OK ${path}: ${events.length} events of call ${callId}`,
      `  origin ${origin}, ${size} entries`,
      `  key    ${verifierKey}`,
      ...events.map(eventLine),
    ]
    const value = { proven: true, callId, origin, size, key: verifierKey, events }
    show(terminal, { json: values.json, value, lines })
    if (values.key === undefined) {
      terminal.err('The key was taken from the file: give --key with the one the log is known by.')
    }
    return exitCodes.ok
  },
})

function eventOf(content: LeafContent, proven: ProvenEvent | undefined) {
  const event = readable(content, proven?.opened ?? []) as { readonly type: string }
  return { index: proven?.index, at: new Date(content.atMs).toISOString(), event }
}

/** Index, moment, type, and the rest as JSON. */
function eventLine({ index, at, event: { type, ...rest } }: ReturnType<typeof eventOf>): string {
  return `${index} ${at} ${type} ${canonicalJson(rest)}`
}
