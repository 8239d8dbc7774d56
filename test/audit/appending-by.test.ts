import { expect, test, vi } from 'vitest'
import { appendingBy } from '../../src/audit/appending-by.ts'
import type { AuditLog } from '../../src/audit/event.ts'

test('events go another way, and all else is the log’s as it is now', async () => {
  const log = {
    isWritable: true,
    append: vi.fn<AuditLog['append']>(async () => undefined),
    hurry: vi.fn(),
    [Symbol.asyncDispose]: vi.fn(async () => undefined),
  }
  const append = vi.fn<AuditLog['append']>(async () => undefined)
  const around = appendingBy(log, append)
  const event = { type: 'gate.stopped', cause: 'closed' } as const
  await around.append(event)
  expect(append).toHaveBeenCalledExactlyOnceWith(event)
  expect(log.append).not.toHaveBeenCalled()
  log.isWritable = false
  expect(around.isWritable).toBe(false)
  around.hurry()
  expect(log.hurry).toHaveBeenCalledOnce()
  await around[Symbol.asyncDispose]()
  expect(log[Symbol.asyncDispose]).toHaveBeenCalledOnce()
})
