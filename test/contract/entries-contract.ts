import { describe, expect, test } from 'vitest'
import { type EntryChange, openEntries, revisionsKept } from '../../src/store/entries.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { type OpenNodes, withinASecond } from './shared-contract.ts'

const acme = '{"id":"acme"}'
const other = '{"id":"acme","name":"Other"}'

function change(before: string | undefined, after: string | undefined, id = 'acme'): EntryChange {
  return { list: 'tenants', id, before, after, kept: after === undefined ? 'gone' : 'text' }
}

const terms = { by: 'somebody', atMs: 5, besides: [] }

/** What every adapter's declared entries keep to. */
export function entriesContract(adapter: string, open: OpenNodes): void {
  describe(`entries of ${adapter}`, () => {
    test('a change is there whole at once where it was made, elsewhere within a second, and after a restart', async () => {
      const clock = new FakeClock()
      await using nodes = await open(clock, [])
      const [one, two] = [nodes.one, nodes.other].map(({ board }) => openEntries(board))
      let heard: number | undefined
      using _watch = two?.watch(() => {
        heard = two.all().length
      })
      const many = Array.from({ length: 1500 }, (_, at) =>
        change(undefined, `{"id":"t${at}"}`, `t${at}`),
      )
      expect(await one?.commit({ ...terms, seenRevision: 0, changes: many })).toBe(1)
      expect(one?.all()).toHaveLength(1500)
      await withinASecond(clock, async () => two?.revision === 1)
      expect(heard).toBe(1500)
      const again = openEntries((await nodes.restart()).board)
      expect([again.revision, again.all().length]).toEqual([1, 1500])
      expect(again.all()[0]).toMatchObject({ list: 'tenants', revision: 1, changedAtMs: 5 })
    })

    test('of two changes of what both have seen one is made, and nothing of the other', async () => {
      const clock = new FakeClock()
      await using nodes = await open(clock, [])
      const books = [nodes.one, nodes.other].map(({ board }) => openEntries(board))
      const done = await Promise.all(
        books.map((book, at) =>
          book.commit({
            ...terms,
            seenRevision: 0,
            changes: [change(undefined, acme), change(undefined, `{"id":"t${at}"}`, `t${at}`)],
            besides: [{ topic: 'other', id: `n${at}`, text: 'x' }],
          }),
        ),
      )
      expect(done.map((revision) => revision ?? 0).sort()).toEqual([0, 1])
      const winner = done.indexOf(1)
      await withinASecond(clock, async () => books.every(({ revision }) => revision === 1))
      for (const book of books) {
        expect(
          book
            .all()
            .map(({ id }) => id)
            .sort(),
        ).toEqual(['acme', `t${winner}`])
      }
      expect([...nodes.one.board.notes('other').keys()]).toEqual([`n${winner}`])
    })

    test('what is not as it was seen keeps the whole change away', async () => {
      await using nodes = await open(new FakeClock(), [])
      const { board } = nodes.one
      await board.post('ban', 'a', () => 'x')
      const edit = { topic: 'ban', id: 'b', text: 'y' }
      const seen = (text: string | undefined) => ({
        topic: 'ban',
        id: 'a',
        text: 'z',
        seen: { text },
      })
      expect(await board.change([edit, seen(undefined)])).toBe(false)
      expect(await board.change([edit, seen('w')])).toBe(false)
      expect(board.get('ban', 'b')).toBeUndefined()
      expect(await board.change([edit, seen('x')])).toBe(true)
      expect([board.get('ban', 'a'), board.get('ban', 'b')]).toEqual(['z', 'y'])
    })

    test('what was changed is remembered whole, newest first, and no more of it than is kept', async () => {
      await using nodes = await open(new FakeClock(), [])
      const entries = openEntries(nodes.one.board)
      const long = (at: number) => `{"id":"l${at}","name":"${'x'.repeat(25_000)}"}`
      const several = [0, 1, 2, 3].map((at) => change(undefined, long(at), `l${at}`))
      await entries.commit({ ...terms, seenRevision: 0, changes: several })
      expect(entries.history()[0]?.changes).toEqual(several.map(({ kept: _, ...rest }) => rest))
      await entries.commit({ ...terms, seenRevision: 1, changes: [change(undefined, acme)] })
      await entries.commit({ ...terms, seenRevision: 2, changes: [change(acme, other)] })
      await entries.commit({ ...terms, seenRevision: 3, changes: [change(other, undefined)] })
      expect(entries.history().map(({ revision }) => revision)).toEqual([4, 3, 2, 1])
      expect(entries.history()[1]).toMatchObject({ by: 'somebody', atMs: 5 })
      expect(entries.history()[1]?.changes).toEqual([
        { list: 'tenants', id: 'acme', before: acme, after: other },
      ])
      expect(entries.all().find(({ id }) => id === 'acme')?.text).toBeUndefined()
      for (let at = 4; at < revisionsKept + 5; at++) {
        await entries.commit({ ...terms, seenRevision: at, changes: [change(acme, other)] })
      }
      expect(entries.history()).toHaveLength(revisionsKept)
      expect(nodes.one.board.notes('entry-history').size).toBe(revisionsKept)
    })

    test('an entry or a change that is too large is refused whole', async () => {
      await using nodes = await open(new FakeClock(), [])
      const entries = openEntries(nodes.one.board)
      const refused = (changes: readonly EntryChange[]) =>
        expect(entries.commit({ ...terms, seenRevision: 0, changes })).rejects.toMatchObject({
          code: 'too_large',
        })
      await refused([change(undefined, acme), change(undefined, `"${'x'.repeat(30_000)}"`, 'long')])
      await refused(Array.from({ length: 4001 }, (_, at) => change(undefined, acme, `t${at}`)))
      expect([entries.revision, entries.all()]).toEqual([0, []])
    })
  })
}
