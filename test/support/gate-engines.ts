import type { EngineKind } from './gate.ts'
import { drachtioVariable } from './gate-drachtio.ts'

/** The engines to test on: the embedded one, and a real drachtio-server where one is named. */
export const engines: readonly EngineKind[] = process.env[drachtioVariable]
  ? ['embedded', 'drachtio']
  : ['embedded']
