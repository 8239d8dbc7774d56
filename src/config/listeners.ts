import type { Declared } from './declarations.ts'
import type { Problems } from './problem.ts'
import type { SettingValues } from './settings.ts'

const wildcards: readonly string[] = ['0.0.0.0', '::']
const securedProtocols: readonly string[] = ['tls', 'wss']

/** A request leaves from a listener of its transport: without one no call could reach the gateway. */
export function checkGateways(
  values: Partial<SettingValues>,
  { carriers, trunks }: Declared,
  problems: Problems,
): void {
  const listen = values['engine.listen']
  if (values['engine.kind'] !== 'embedded' || !listen) return
  const check = (path: string, { transport }: { readonly transport: string }) => {
    if (listen.some(({ protocol }) => protocol === transport)) return
    problems.add(`${path}.transport`, `needs a listener of ${transport} in engine.listen`)
  }
  for (const { index, entry } of carriers) {
    entry.gateways.forEach(
      (gateway, at) => void check(`carriers[${index}].gateways[${at}]`, gateway),
    )
  }
  for (const { index, entry } of trunks) {
    entry.targets.forEach((target, at) => void check(`trunks[${index}].targets[${at}]`, target))
  }
}

/** Whether the engine listens anywhere, can name each place, and has a certificate where one is needed. */
export function checkListeners(values: Partial<SettingValues>, problems: Problems): void {
  const listen = values['engine.listen'] ?? []
  if (values['engine.listen']?.length === 0) problems.add('engine.listen', 'names no address')
  const isNameless = listen.some(
    ({ address, advertise }) => wildcards.includes(address) && advertise === undefined,
  )
  if (isNameless && !values['engine.advertisedHost']) {
    problems.add(
      'engine.advertisedHost',
      'is missing (engine.listen names no address to call back)',
    )
  }
  const secured = listen.find(({ protocol }) => securedProtocols.includes(protocol))
  const half = values['engine.tls.certificate'] ?? values['engine.tls.key']
  const why = secured ? `engine.listen: ${secured.protocol}` : half && 'engine.tls'
  for (const path of ['engine.tls.certificate', 'engine.tls.key'] as const) {
    if (why && !values[path]) problems.add(path, `is missing (${why} needs it)`)
  }
}
