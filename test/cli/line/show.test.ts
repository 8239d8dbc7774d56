import { expect, test } from 'vitest'
import type { Screen } from '../../../src/cli/command.ts'
import { type Shown, show } from '../../../src/cli/line/show.ts'

function shown(what: Omit<Shown, 'json' | 'value'> & Partial<Shown>, screen?: Screen) {
  const out: string[] = []
  const terminal = { out: (line: string) => out.push(line), err: () => undefined, screen }
  show(terminal, { json: false, value: undefined, ...what })
  return out
}

const table = {
  columns: ['id', 'state'],
  rows: [
    ['a', 'open'],
    ['long', undefined],
  ],
}

test('a table has columns and a heading on a screen, tabs and neither elsewhere', () => {
  expect(shown({ table })).toEqual(['a\topen', 'long\t-'])
  expect(shown({ table }, { columns: 80, hasColors: false })).toEqual([
    'ID    STATE',
    'a     open',
    'long  -',
  ])
  expect(shown({ table: { ...table, rows: [] } }, { columns: 80, hasColors: true })).toEqual([])
})

test('only a screen that has colours gets any', () => {
  const isColored = (out: readonly string[]) => out.join('').includes('\u001b')
  expect(isColored(shown({ table }))).toBe(false)
  expect(isColored(shown({ table }, { columns: 80, hasColors: false }))).toBe(false)
  expect(isColored(shown({ table }, { columns: 80, hasColors: true }))).toBe(true)
})

test('a person is told that a list is empty, and a program gets nothing', () => {
  const empty = { columns: ['id'], rows: [] }
  const said: string[] = []
  const terminal = {
    out: (line: string) => said.push(line),
    err: (line: string) => said.push(line),
  }
  show(terminal, { json: false, value: [], table: empty })
  expect(said).toEqual([])
  const screen = { columns: 80, hasColors: false }
  show({ ...terminal, screen }, { json: false, value: [], table: empty })
  expect(said).toEqual(['There is none.'])
})

test('a line that stands out does so on a screen with colours alone', () => {
  const lines = [{ text: 'fault', color: 'red' }] as const
  expect(shown({ lines })).toEqual(['fault'])
  expect(shown({ lines }, { columns: 80, hasColors: false })).toEqual(['fault'])
  expect(shown({ lines }, { columns: 80, hasColors: true })).toEqual(['\u001b[31mfault\u001b[39m'])
})

test('nothing that is shown can command the terminal or make a column of its own', () => {
  const text = '\u001b[2J\u009b\t\u2028'
  const whole = [
    ...shown({ lines: [text] }),
    ...shown({ table: { columns: ['x'], rows: [[text]] } }),
    ...shown({ json: true, value: { text } }),
  ]
  expect(whole.join('')).not.toMatch(/[\p{Cc}\u2028]/u)
  expect(JSON.parse(whole.at(-1) ?? '')).toEqual({ text })
})

test('nothing that is shown has a line read otherwise than it is: what nobody sees is written out', () => {
  const text = 'a\u202eb\u2066c\u200bd\ufeffe\u{e0041}f'
  const seen = 'a\\u202eb\\u2066c\\u200bd\\ufeffe\\udb40\\udc41f'
  expect(shown({ lines: [text] })).toEqual([seen])
  const [json = ''] = shown({ json: true, value: { text } })
  expect(json).toContain(seen)
  expect(JSON.parse(json)).toEqual({ text })
})
