import { createAlerts } from '../alerts/alerts.ts'
import { type DeadLetter, type LetterBoard, putDeadLetter } from '../alerts/dead-letters.ts'
import { httpPost } from '../alerts/post.ts'
import { Webhook } from '../alerts/webhook.ts'
import type { AuditLog } from '../audit/event.ts'
import type { Alerts } from '../domain/alert.ts'
import { tellingLog } from './call-notices.ts'
import type { House } from './house.ts'

/** Where alerts go, and a log that tells of calls. */
export interface Telling {
  readonly alerts: Alerts
  readonly log: AuditLog
}

/**
 * Alerts in the log, in the audit log and, where the settings name one, at a webhook. Calls that end have
 * a queue of their own, so that no number of them takes the place of an alert.
 */
export function openAlerts(around: House, audit: AuditLog, board: LetterBoard): Telling {
  const { values, clock, logger } = around
  const alerts = createAlerts({
    logger,
    webhook: openWebhook(around, board),
    record: ({ kind, keyId, tenantId, figures }) =>
      audit.append({ type: 'alert.raised', kind, keyId, tenantId, figures }),
  })
  const calls = values['alerts.calls'] === 'ended' ? openWebhook(around, board) : undefined
  const refusalsPerMinuteMax = values['alerts.refusalsPerMinuteMax']
  const tellCall = calls && ((notice: Parameters<typeof calls.send>[0]) => calls.send(notice))
  return { alerts, log: tellingLog(audit, { clock, alerts, refusalsPerMinuteMax, tellCall }) }
}

function openWebhook(around: House, board: LetterBoard): Webhook | undefined {
  const { values, clock, random, logger, stack } = around
  const url = values['alerts.webhookUrl']
  const secret = values['alerts.webhookSecret']
  if (!url || !secret) return undefined
  const onGivenUp = (letter: DeadLetter) => {
    putDeadLetter(board, letter).catch(() =>
      logger.error({ id: letter.id }, 'a dead letter could not be kept'),
    )
  }
  return stack.use(new Webhook({ url, secret, clock, random, logger, post: httpPost, onGivenUp }))
}
