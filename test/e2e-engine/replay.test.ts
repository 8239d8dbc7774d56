import { test } from 'vitest'
import { replay } from './replay.ts'

test.each([
  '03-b2bua-call',
  '03b-b2bua-bye-from-callee',
  '04-cancel',
  '04b-cancel-before-app-responds',
  '05-upstream-reject',
  '06-reinvite',
  '08-app-403',
  '10a-session-timer',
  '10b-refresher-uac',
  '10c-no-refresher',
  '10d-session-timer-uac',
  '17a-prack-inbound',
  '17b-no-100rel',
  '17c-prack-outbound',
  '20b-cancel-race',
  '27-nat-contact',
  '28-record-route',
  '29-early-update',
  '30-cancel-after-200',
  '34-cancel-before-provisional',
  '35-uac-early-dialog',
  '11-proxy',
  '16-cdr',
  '16b-cdr-proxy',
  '11b-proxy-302-and-timeout',
  '11c-quick-cancel-then-proxy',
])('says what drachtio-server said, word for word: %s', async (name) => {
  await replay(name)
})
