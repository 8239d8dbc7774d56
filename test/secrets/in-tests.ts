import { afterAll } from 'vitest'
import { createLogger, silentLogger } from '../../src/kernel/logger.ts'
import { Secret } from '../../src/kernel/secret.ts'
import { type Recorder, recorderHere } from './recorder.ts'
import { watchSecrets } from './watch-secrets.ts'

// Set up in every test process, for its tests have modules of their own. What is held in a `Secret` and
// taken out of it is a secret, and what goes to a log that nobody reads is written down all the same.

const recorder = recorderHere()
watchSecrets(Secret, recorder)
if (recorder) keepLogs(recorder)
// A test process does not end by itself.
afterAll(() => recorder?.flush())

function keepLogs({ said }: Recorder): void {
  const logger = createLogger('debug', { write: (line) => said('logs', line) })
  for (const level of ['debug', 'info', 'warn', 'error'] as const) {
    silentLogger[level] = (figures, sentence) => logger[level](figures, sentence)
  }
}
