import { keyDeclared } from '../../config/declaration-texts.ts'
import type { Key } from '../../domain/key.ts'
import type { Terminal } from '../command.ts'

/** Writes down what a key was and is, where the use of the command is recorded. */
export async function recordKey(
  { record }: Terminal,
  before: Key | undefined,
  after: Key | undefined,
): Promise<void> {
  const key = after ?? before
  if (!key) return
  await record?.({
    type: 'config.changed',
    subject: 'key',
    id: key.id,
    tenantId: key.tenantId,
    before: before && keyDeclared(before).text,
    after: after && keyDeclared(after).text,
    networks: after && keyDeclared(after).networks,
  })
}
