import { expect, test } from 'vitest'
import { command, type Terminal } from '../../../src/cli/command.ts'
import { flag, list, needed, optional, withDefault } from '../../../src/cli/line/options.ts'
import { type CommandTable, LineError, readLine } from '../../../src/cli/line/parse.ts'
import { moment, wholeNumber, word } from '../../../src/cli/line/values.ts'

const mint = command({
  argument: { type: word('<name>'), help: 'A name.' },
  options: {
    tenant: { ...needed(word('<id>'), 'Whose.'), short: 't' },
    source: list(word('<network>'), 'From where.'),
    hours: withDefault(wholeNumber('<hours>', 1), '24', 'How long.'),
    'ends-at': optional(moment, 'Until when.'),
    test: flag('For tests.'),
  },
  run: async () => 0,
})
const table: CommandTable = {
  commands: {
    'keys mint': { help: 'Make a key.', load: async () => mint },
    drain: { help: 'Drain.', load: async () => command({ options: {}, run: async () => 0 }) },
  },
  groups: { keys: 'Keys.' },
  notes: 'Last.',
  version: () => '1.2.3',
}

/** What came of a line: what the command is given, or the code after what was shown. */
async function read(line: string) {
  const out: string[] = []
  const terminal: Terminal = { out: (text) => out.push(text), err: (text) => out.push(text) }
  const found = await readLine(line.split(' ').filter(Boolean), table, terminal)
  return typeof found === 'number' ? { code: found, out: out.join('\n') } : found
}

test('an option has its value, its default, or nothing', async () => {
  expect(await read('keys mint -t acme name')).toMatchObject({
    words: 'keys mint',
    command: mint,
    args: ['-t', 'acme', 'name'],
    given: {
      argument: 'name',
      values: { tenant: 'acme', source: [], hours: 24, 'ends-at': undefined, test: false },
    },
  })
  const all = 'keys mint name --tenant=acme --source a --source b --hours 2 --test'
  expect(await read(`${all} --ends-at 2026-01-01T00:00:00Z`)).toMatchObject({
    given: {
      values: { source: ['a', 'b'], hours: 2, 'ends-at': Date.UTC(2026, 0, 1), test: true },
    },
  })
})

test.each([
  ['keys mint name', 'needed: --tenant <id>'],
  ['keys mint -t acme', "missing required argument 'name'"],
  ['keys mint -t', "option '-t, --tenant <id>' argument missing"],
  ['keys mint a b -t acme', "too many arguments for 'mint'. Expected 1 argument but got 2"],
  ['keys mint a -t acme --hours 0', '--hours must be a whole number from 1 up'],
  ['keys mint a -t acme --ends-at noon', '--ends-at must be a moment such as 2027-01-31T09:00:00Z'],
  ['keys mint a -t acme --tset', "unknown option '--tset' (Did you mean --test?)"],
  ['keys mint a --tenannt=acme', "unknown option '--tenannt'"],
  ['keys mnit', "unknown command 'mnit' (Did you mean mint?)"],
  ['dran', "unknown command 'dran' (Did you mean drain?)"],
])('%j says what is wrong, and the usage', async (line, sentence) => {
  const error = await read(line).catch((cause: unknown) => cause)
  expect(error).toBeInstanceOf(LineError)
  expect(error).toMatchObject({ message: expect.stringContaining(sentence) })
  expect((error as LineError).usage).not.toBe('')
})

test('a moment has its day in the calendar and its offset', () => {
  const good = ['2028-02-29T23:59:59.999Z', '2027-03-14T02:30:00-05:00', '2027-01-31T24:00:00Z']
  expect(good.map((text) => new Date(moment.read(text)).toISOString())).toEqual([
    '2028-02-29T23:59:59.999Z',
    '2027-03-14T07:30:00.000Z',
    '2027-02-01T00:00:00.000Z',
  ])
  const bad = [
    '2027-02-29T00:00:00Z',
    '2027-11-31T10:00:00-05:00',
    '2027-01-31T10:00:00',
    '2027-01-31',
  ]
  for (const text of bad) expect(() => moment.read(text), text).toThrow('must be a moment')
})

test('no value that was typed comes back in a complaint: it may be a secret', async () => {
  const secret = 'tg_live_0123456789abcdef_Zm9vYmFyYmF6'
  for (const line of [
    secret,
    `keys ${secret}`,
    `keys mint a ${secret} -t x`,
    `keys mint a -t x --${secret}`,
    `keys mint a -t x --key=${secret}`,
    `keys mint a -t x --hours ${secret}`,
    `keys mint a -t x --ends-at=${secret}`,
  ]) {
    const error = await read(line).catch((cause: unknown) => cause)
    expect(error, line).toBeInstanceOf(LineError)
    expect(JSON.stringify([String(error), error]), line).not.toContain('0123456789')
  }
})

test('help is shown for the program, for a first word and for a command, and the version', async () => {
  expect(await read('--version')).toEqual({ code: 0, out: '1.2.3' })
  for (const [line, code, part] of [
    ['', 2, 'Last.'],
    ['help', 0, 'Last.'],
    ['keys', 2, 'Make a key.'],
    ['keys --help', 0, 'Make a key.'],
    ['help keys mint', 0, '-t, --tenant <id>'],
    ['keys mint -h', 0, 'How long. (default: 24)'],
  ] as const) {
    const shown = await read(line)
    expect(shown, line).toMatchObject({ code, out: expect.stringContaining(part) })
  }
})
