import { readdirSync, readFileSync } from 'node:fs'
import { parse } from 'yaml'
import { z } from 'zod'
import { reasons } from '../../src/domain/refusals.ts'

// What a row of a decision table may say. schema.json is made from this, README.md explains it.

const text = z.string()
const whole = z.int().min(0)
const fields = z.record(text, z.unknown())

const digest = z.strictObject({
  key: text.default('live'),
  username: text.optional(),
  password: text.optional(),
  algorithm: z.enum(['SHA-256', 'MD5']).default('SHA-256'),
  uri: text.optional(),
  realm: text.default('tollgate'),
  nc: text.default('00000001'),
  nonce: text.optional(),
  ageS: z.number().default(0),
})

const token = z.strictObject({
  key: text.default('live'),
  caller: text.optional(),
  callee: text.optional(),
  callsMax: whole.optional(),
  lifeS: z.number().default(300),
  ageS: z.number().default(0),
  text: text.optional(),
})

const message = z.strictObject({
  uri: text.optional(),
  to: text.optional(),
  from: text.optional(),
  class: text.optional(),
  key: text.nullable().optional(),
  source: text.optional(),
  certificate: text.optional(),
  headers: z.record(text, z.union([text, z.array(text), z.null()])).optional(),
  body: text.optional(),
  raw: text.optional(),
  digest: digest.optional(),
  token: token.optional(),
})

const given = z.strictObject({
  at: z.iso.datetime({ offset: true }).optional(),
  settings: fields.optional(),
  tenant: fields.optional(),
  policy: fields.optional(),
  key: fields.optional(),
  carriers: z.array(fields).optional(),
  message: message.optional(),
})

const step = z.union([
  z.strictObject({
    calls: z.int().min(1),
    everyS: z.number().optional(),
    message: message.optional(),
    refused: z.enum(reasons).optional(),
    dropped: z.literal(true).optional(),
  }),
  z.strictObject({ waitS: z.number().min(0) }),
  z.strictObject({
    end: z.union([z.literal('all'), z.int().min(1)]),
    afterS: z.number().default(0),
  }),
  z.strictObject({
    optOut: z.strictObject({
      number: text,
      scope: z.enum(['all', 'marketing', 'transactional']),
      tenant: text.optional(),
    }),
    withdrawn: z.boolean().default(false),
  }),
  z.strictObject({
    consent: z.strictObject({
      number: text,
      purpose: text.default('marketing'),
      tenant: text.default('acme'),
      expiresInS: z.number().optional(),
      revoked: z.boolean().default(false),
    }),
  }),
  z.strictObject({
    keyStatus: z.enum(['active', 'suspended', 'revoked']),
    of: text.default('live'),
  }),
  z.strictObject({ tenantStatus: z.enum(['active', 'suspended']), of: text.default('acme') }),
  z.strictObject({ rotated: text.default('live'), overlapS: z.number() }),
  z.strictObject({ node: z.enum(['draining', 'store_lost', 'audit_lost', 'signer_lost']) }),
])

const expectation = z.strictObject({
  admitted: z.literal(true).optional(),
  silent: z.literal(true).optional(),
  status: z.int().optional(),
  reason: z.enum(reasons).optional(),
  limit: text.optional(),
  phrase: text.optional(),
  freesInS: whole.optional(),
  retryAfterS: z.union([whole, z.literal('random')]).optional(),
  challenges: whole.optional(),
  detail: text.optional(),
  attestation: z.enum(['A', 'B', 'C']).optional(),
  called: text.optional(),
  caller: text.optional(),
  mode: z.enum(['live', 'test']).optional(),
  trunk: text.optional(),
  verstat: z.enum(['TN-Validation-Passed', 'TN-Validation-Failed', 'No-TN-Validation']).optional(),
  hidden: z.boolean().optional(),
  figures: z.record(text, fields).optional(),
  checks: z.array(text).optional(),
})

const row = given.extend({
  name: text.min(4),
  before: z.array(step).default([]),
  expect: expectation,
})

/** One file: what all its rows start from, and the rows. */
export const tableFile = z.strictObject({
  subject: text,
  given: given.optional(),
  rows: z.array(row).min(1),
})

export type Given = z.output<typeof given>
export type Row = z.output<typeof row>
export type Step = z.output<typeof step>
export type Message = z.output<typeof message>
export type Expectation = z.output<typeof expectation>

/** What stands in base.yaml. */
export interface Base {
  readonly at: string
  readonly keys: Readonly<Record<string, string>>
  readonly config: Readonly<Record<string, unknown>>
  readonly message: Message & { readonly uri: string; readonly source: string }
}

const folder = new URL('./', import.meta.url)

export function readYaml(name: string): unknown {
  return parse(readFileSync(new URL(name, folder), 'utf8'))
}

export const base = readYaml('base.yaml') as Base

/** The files with rows, by name. */
export function tableNames(): string[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.yaml') && name !== 'base.yaml' && name !== 'phrases.yaml')
    .sort()
}

/** The JSON schema of a file, as schema.json holds it. */
export function tableSchema(): unknown {
  return z.toJSONSchema(tableFile, { io: 'input' })
}

/** What a file gives with what a row gives on top, field by field. */
export function merged(file: Given | undefined, own: Given): Given {
  const { headers, ...message } = { ...file?.message, ...own.message }
  return {
    ...file,
    ...own,
    settings: { ...file?.settings, ...own.settings },
    tenant: { ...file?.tenant, ...own.tenant },
    policy: { ...file?.policy, ...own.policy },
    key: { ...file?.key, ...own.key },
    message: { ...message, headers: { ...file?.message?.headers, ...own.message?.headers } },
  }
}
