import { openCheckpoint, readCheckpoint } from '../../audit/note/checkpoint.ts'
import { parseLogKey, parseWitnessKey, type VerifierKey } from '../../audit/note/key.ts'
import { noteBytesMax } from '../../audit/note/note.ts'
import { Failure } from '../../kernel/failure.ts'
import { UsageError } from '../command.ts'
import { readGiven } from '../line/read-given.ts'
import type { ValueType } from '../line/values.ts'

/** The verifier key of a log. */
export const logKey = keyType('a log', parseLogKey)

/** The verifier key of a witness, with which it cosigns. */
export const witnessKey = keyType('a witness', parseWitnessKey)

function keyType(
  whose: string,
  parse: (text: string) => VerifierKey | undefined,
): ValueType<VerifierKey> {
  return {
    written: '<verifier key>',
    read(text) {
      const key = parse(text.trim())
      if (key) return key
      throw new UsageError(`must be the verifier key of ${whose}: <name>+<id>+<base64>`)
    },
  }
}

/**
 * A checkpoint that somebody kept. One that is none, or not of the log that is believed, is a mistake of who
 * asks and no damage: throws `config_invalid`.
 */
export async function checkpointGiven(path: string, key: VerifierKey | undefined): Promise<Buffer> {
  const bytes = await readGiven(path, noteBytesMax)
  if (!readCheckpoint(bytes)) {
    throw new Failure('config_invalid', `--since: ${path} is not a checkpoint`)
  }
  if (key && typeof openCheckpoint(bytes, key) === 'string') {
    throw new Failure('config_invalid', `--since: ${path} is not signed by the key of --key`)
  }
  return bytes
}
