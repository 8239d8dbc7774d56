import { z } from '../../config/zod.ts'
import { metricsMediaType } from '../../kernel/metrics.ts'
import { type Route, route } from '../route.ts'

/** Where the metrics come from, and who may read them. */
export interface MetricsSource {
  readonly access: 'operator' | 'anybody'
  text(): Promise<string>
}

/** For Prometheus, at the path where it looks by itself. */
export function metricsRoutes(metrics: MetricsSource | undefined): readonly Route[] {
  if (!metrics) return []
  return [
    route({
      method: 'GET',
      path: '/metrics',
      tag: 'health',
      access: metrics.access === 'anybody' ? 'anybody' : { operator: true },
      summary: 'Metrics of this gate, in the text format of Prometheus.',
      answers: { 200: { help: 'The metrics.', schema: z.string(), mediaType: 'text/plain' } },
      run: async () => {
        const headers = { 'content-type': metricsMediaType }
        return { status: 200, body: await metrics.text(), headers }
      },
    }),
  ]
}
