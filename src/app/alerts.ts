import { createAlerts } from '../alerts/alerts.ts'
import { httpPost } from '../alerts/post.ts'
import { Webhook } from '../alerts/webhook.ts'
import type { AuditLog } from '../audit/event.ts'
import type { SettingValues } from '../config/settings.ts'
import type { Alerts } from '../domain/alert.ts'
import type { Clock } from '../kernel/clock.ts'
import type { Logger } from '../kernel/logger.ts'
import type { Random } from '../kernel/random.ts'

interface Around {
  readonly values: SettingValues
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  readonly stack: AsyncDisposableStack
}

/** Alerts in the log, in the audit log and, where the settings name one, at a webhook. */
export function openAlerts(around: Around, audit: AuditLog): Alerts {
  const { values, clock, random, logger, stack } = around
  const url = values['alerts.webhookUrl']
  const secret = values['alerts.webhookSecret']
  const webhook =
    url && secret
      ? stack.use(new Webhook({ url, secret, clock, random, logger, post: httpPost }))
      : undefined
  return createAlerts({
    logger,
    webhook,
    record: ({ kind, keyId, tenantId, figures }) =>
      audit.append({ type: 'alert.raised', kind, keyId, tenantId, figures }),
  })
}
