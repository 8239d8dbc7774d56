import { entryName, nameFieldOf } from '../../config/changed-entries.ts'
import { z } from '../../config/zod.ts'
import type { ChangeResult, Declared, EntryEdit, EntryProblem } from '../../declared/declared.ts'
import type { DeclaredEntry } from '../../declared/whole.ts'
import { Failure } from '../../kernel/failure.ts'
import type { Caller } from '../caller.ts'
import { matches } from '../etag.ts'
import { pageOfNamed } from '../paging.ts'
import { type FieldError, type Problem, unfit } from '../problem.ts'
import { type Answer, notFound, type Route, route } from '../route.ts'
import { pageOf, paging } from '../schemas.ts'
import * as fields from './declared-schemas.ts'

const access = { operator: true } as const
/** Problems of one change that are told. */
const problemsMax = 20

/** What is read and changed: all that is declared. */
export interface DeclaredParts {
  readonly entries: Pick<Declared, 'entries' | 'find' | 'change' | 'revisions' | 'rollBack'>
}

type Entries = DeclaredParts['entries']

/** Reading and changing what is declared, on every gate; each change is judged as the file is. */
export function declaredRoutes({ entries }: DeclaredParts): readonly Route[] {
  return [
    ...fields.listRows.flatMap((row) => [
      ...readRoutes(row, entries),
      putRoute(row, entries),
      deleteRoute(row, entries),
    ]),
    ...revisionRoutes(entries),
  ]
}

function readRoutes(row: fields.ListRow, entries: Entries): readonly Route[] {
  const { list, path, one } = row
  return [
    route({
      method: 'GET',
      path: `/v1/${path}`,
      tag: path,
      access,
      summary: `What is declared in the list \`${list}\`, in the order of names.`,
      query: z.strictObject(paging),
      answers: { 200: { help: 'A page of entries.', schema: pageOf(fields.listedEntry(list)) } },
      run: async ({ query }) => {
        const page = pageOfNamed(entries.entries(list), ({ id }) => id, { ...query, list })
        if ('problem' in page) return page
        const items = page.items.map((each) => listed(each))
        return { status: 200, body: { items, next: page.next }, read: `${path}:${items.length}` }
      },
    }),
    route({
      ...ofOne(row),
      method: 'GET',
      tagged: true,
      summary: `One ${one}, as it is in force now.`,
      answers: { 200: { help: 'The entry.', schema: fields.entryOf(list) } },
      run: async ({ params }) => {
        const found = entries.find(list, idIn(row, params))
        return found ? { ...answered(found, 200), read: `${path}:1` } : notFound
      },
    }),
  ]
}

function putRoute(row: fields.ListRow, entries: Entries): Route {
  const { list, path, one } = row
  return route({
    ...ofOne(row),
    method: 'PUT',
    creates: true,
    conditional: 'or-absent',
    tagged: true,
    summary: `Declares a new ${one} (\`If-None-Match: *\`) or replaces one (\`If-Match\`).`,
    body: fields.entryOf(list),
    answers: {
      200: { help: 'The entry as it is now.', schema: fields.entryOf(list) },
      201: { help: 'The new entry.', schema: fields.entryOf(list) },
    },
    problems: ['conflict', 'request_unfit'],
    run: async ({ params, body, ifMatch, headers, caller }) => {
      const id = idIn(row, params)
      const current = entries.find(list, id)
      const isNew = headers['if-none-match'] !== undefined
      // RFC 9110 13.1.2 and 13.1.1: whoever wants both wants what cannot be.
      const holds = isNew
        ? !current && ifMatch === ''
        : current !== undefined && matches(ifMatch, etagOf(current))
      if (!holds) return { problem: 'precondition_failed', detail: howItIs(isNew, current) }
      const named = entryName(list, body)
      if (named !== id)
        return unfit('body', `/${nameFieldOf(list)}`, `must be ${id}, as in the path`)
      const edit = { list, id, entry: body, expected: current?.version ?? 'absent' }
      const fault = await faultOf(edit, entries, caller)
      if (fault) return fault
      const now = entries.find(list, id)
      if (!now) return { problem: 'precondition_failed' }
      const headersNow = isNew ? { location: `/v1/${path}/${encodeURIComponent(id)}` } : undefined
      return { ...answered(now, isNew ? 201 : 200), headers: headersNow }
    },
  })
}

function deleteRoute(row: fields.ListRow, entries: Entries): Route {
  const { list, one } = row
  return route({
    ...ofOne(row),
    method: 'DELETE',
    conditional: true,
    summary: `Removes one ${one}, unless another entry still needs it.`,
    answers: { 204: { help: 'It is removed.' } },
    problems: ['conflict'],
    run: async ({ params, ifMatch, caller }) => {
      const id = idIn(row, params)
      const current = entries.find(list, id)
      if (!current) return notFound
      if (!matches(ifMatch, etagOf(current))) return { problem: 'precondition_failed' }
      const edit = { list, id, entry: undefined, expected: current.version }
      return (await faultOf(edit, entries, caller)) ?? { status: 204 }
    },
  })
}

function revisionRoutes(entries: Entries): readonly Route[] {
  const common = { tag: 'revisions', access } as const
  return [
    route({
      ...common,
      method: 'GET',
      path: '/v1/revisions',
      summary: 'The last changes to what is declared, newest first.',
      answers: { 200: { help: 'The changes that are kept.', schema: pageOf(fields.revision) } },
      run: async () => {
        const items = entries.revisions().map(({ revision, atMs, by, changes }) => {
          return {
            revision,
            at: new Date(atMs).toISOString(),
            by,
            changes: changes.map(shownChange),
          }
        })
        return { status: 200, body: { items, next: null }, read: `revisions:${items.length}` }
      },
    }),
    route({
      ...common,
      method: 'GET',
      path: '/v1/revisions/{revision}',
      summary: 'One of the last changes, with each entry before and after it.',
      params: fields.oneRevision,
      answers: { 200: { help: 'The change.', schema: fields.wholeRevision } },
      run: async ({ params }) => {
        const found = entries.revisions().find((one) => one.revision === params.revision)
        if (!found) return notFound
        const { revision, atMs, by } = found
        const changes = found.changes.map((each) => shownDifference(each))
        const body = { revision, at: new Date(atMs).toISOString(), by, changes }
        return { status: 200, body, read: 'revisions:1' }
      },
    }),
    route({
      ...common,
      method: 'POST',
      path: '/v1/revisions/{revision}/roll-back',
      summary: 'Undoes a change by a new one, unless one of its entries has changed since.',
      params: fields.oneRevision,
      answers: { 200: { help: 'What was undone.', schema: fields.rolledBack } },
      problems: ['conflict'],
      run: async ({ params, caller }) => {
        const result = await attempted(() => entries.rollBack(params.revision, byOf(caller)))
        if ('problem' in result) return result
        if (result.outcome === 'conflict') {
          return { problem: 'conflict', detail: `${result.list} ${result.id} has changed since.` }
        }
        if (result.outcome === 'invalid') return elsewhere(result.problems)
        const changes = result.outcome === 'changed' ? result.changes.map(shownChange) : []
        return { status: 200, body: { revision: result.revision, changes } }
      },
    }),
  ]
}

function ofOne({ path, param, id }: fields.ListRow) {
  return {
    path: `/v1/${path}/{${param}}`,
    tag: path,
    access,
    params: z.strictObject({ [param]: id }),
  }
}

/** Why what was read before is not how it is now, where it is not that it has changed. */
function howItIs(isNew: boolean, current: DeclaredEntry | undefined): string | undefined {
  if (isNew && current) return 'It exists already: to change it, send `If-Match`.'
  return current ? undefined : 'It does not exist: to make it, send `If-None-Match: *`.'
}

function idIn({ param }: fields.ListRow, params: Readonly<Record<string, unknown>>): string {
  return String(params[param])
}

function etagOf({ version }: DeclaredEntry): string {
  return `"${version}"`
}

function answered(declared: DeclaredEntry, status: number): Answer {
  return { status, body: declared.entry, etag: etagOf(declared) }
}

function listed(declared: DeclaredEntry) {
  const { id, entry, changedAtMs } = declared
  const changedAt = changedAtMs === undefined ? null : new Date(changedAtMs).toISOString()
  return { id, etag: etagOf(declared), changedAt, entry }
}

/** Makes an edit, or says what forbids it. */
async function faultOf(
  edit: EntryEdit,
  entries: Entries,
  caller: Caller,
): Promise<Problem | undefined> {
  const result = await attempted(() => entries.change([edit], byOf(caller)))
  if ('problem' in result) return result
  if (result.outcome === 'conflict') return { problem: 'precondition_failed' }
  if (result.outcome !== 'invalid') return undefined
  const errors = edit.entry ? result.problems.flatMap((each) => errorIn(edit, each)) : []
  if (errors.length === 0) return elsewhere(result.problems)
  return { problem: 'request_unfit', errors: errors.slice(0, problemsMax) }
}

async function attempted(change: () => Promise<ChangeResult>): Promise<ChangeResult | Problem> {
  try {
    return await change()
  } catch (error) {
    if (error instanceof Failure && error.code === 'not_found') return notFound
    if (error instanceof Failure && error.code === 'too_large') return { problem: 'body_too_large' }
    throw error
  }
}

/** What the edit would break in other entries. */
function elsewhere(problems: readonly EntryProblem[]): Problem {
  const told = problems.slice(0, problemsMax).map(({ path, reason }) => `${path}: ${reason}`)
  return { problem: 'conflict', detail: told.join('; ') }
}

/** A problem of the entry itself, by RFC 6901: `/gateways/0/host` for `carriers[c1].gateways[0].host`. */
function errorIn({ list, id }: EntryEdit, { path, reason }: EntryProblem): FieldError[] {
  const own = `${list}[${id}]`
  if (!path.startsWith(own)) return []
  const steps = path.slice(own.length).match(/[^.[\]]+/g) ?? []
  const pointer = steps.map((step) => `/${step.replaceAll('~', '~0').replaceAll('/', '~1')}`)
  return [{ in: 'body', pointer: pointer.join(''), reason }]
}

function byOf(caller: Caller): string {
  return `operator key ${caller.key.id}`
}

type Difference = ReturnType<Entries['revisions']>[number]['changes'][number]

function shownChange({ list, id, before, after }: Difference) {
  const change = before === undefined ? 'added' : after === undefined ? 'removed' : 'changed'
  return { list, id, change } as const
}

/** How an entry was and is. */
export function shownDifference({ list, id, before, after }: Omit<Difference, 'kept'>) {
  const [was, is] = [before, after].map((text) => (text === undefined ? null : JSON.parse(text)))
  return { list, id, before: was, after: is }
}
