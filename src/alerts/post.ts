import type { Post } from './webhook.ts'

/** Sends by HTTP. A redirection is a failure: what is signed for one receiver goes to no other. */
export const httpPost: Post = async ({ url, headers, body, timeoutMs }) => {
  const answer = await fetch(url, {
    method: 'POST',
    headers,
    body,
    redirect: 'error',
    signal: AbortSignal.timeout(timeoutMs),
  })
  await answer.body?.cancel()
  return answer.status
}
