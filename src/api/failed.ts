import { Failure, type FailureCode } from '../kernel/failure.ts'
import type { Logger } from '../kernel/logger.ts'
import type { Problem, ProblemName } from './problem.ts'

/** How long a client waits before it tries a part again that was lost. */
const retryAfterS = 5

/** What Fastify has against a request, by its code. */
const byCode: Readonly<Record<string, ProblemName>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'body_too_large',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'media_type_unsupported',
  FST_ERR_CTP_INVALID_JSON_BODY: 'body_malformed',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'body_malformed',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'body_malformed',
  FST_ERR_BAD_URL: 'not_found',
  FST_ERR_MAX_PARAM_LENGTH: 'not_found',
}

/** What of ours is lost for a while. */
const byFailure: Readonly<Partial<Record<FailureCode, ProblemName>>> = {
  store_unavailable: 'store_unavailable',
  audit_unavailable: 'audit_unavailable',
  audit_corrupt: 'audit_unavailable',
}

/** What the client hears of an error: nothing of what it says, which only the log has. */
export function problemOfError(error: unknown, logger: Logger): Problem {
  if (error instanceof Failure) {
    const problem = byFailure[error.code]
    if (problem) {
      logger.warn({ code: error.code, cause: error.message }, 'a request could not be served')
      return { problem, retryAfterS }
    }
  }
  const { code, statusCode } = Object(error) as { code?: unknown; statusCode?: unknown }
  const known = byCode[String(code)]
  if (known) return { problem: known }
  if (statusCode === 400) return { problem: 'body_malformed' }
  logger.error({ err: error }, 'a request has failed')
  return { problem: 'internal_error' }
}
