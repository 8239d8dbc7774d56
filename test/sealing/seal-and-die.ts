import { writeSync } from 'node:fs'
import { systemClock } from '../../src/kernel/clock.ts'
import { systemRandom } from '../../src/kernel/random.ts'
import { KeyFile } from '../../src/sealing/key-file.ts'
import { createSealing } from '../../src/sealing/seal-events.ts'
import { callFrom, january, masterKey } from './support.ts'

// Seals the first event of a month, says what is stored, and is killed at once.

const [path = ''] = process.argv.slice(2)
const random = systemRandom()
const keys = new KeyFile({ path, masterKey, random })
const seal = createSealing({ keys, clock: systemClock(), random })
writeSync(1, JSON.stringify(seal(callFrom('+12125550100', '+12125550199'), january)))
process.kill(process.pid, 'SIGKILL')
