import { z } from '../config/zod.ts'

// Fields that several operations have. Their descriptions become the reference.

/** The public part of a key. */
export const keyId = z
  .string()
  .regex(/^[0-9A-Za-z]{16}$/, 'must be 16 letters and digits')
  .describe('Public id of a key.')

/** The name of something declared. */
export const entryId = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, 'must be 1 to 64 letters, digits, ".", "_" or "-"')
  .describe('The name that it is declared under.')

/** E.164 with `+`. */
export const e164 = z
  .string()
  .regex(/^\+[1-9]\d{6,14}$/, 'must be a number in E.164 with +')
  .describe('Number in E.164 with `+`.')

/** A Call-ID as a caller has made it. */
export const sipCallId = z
  .string()
  .regex(/^[\x21-\x7e]{1,255}$/)
  .describe('The Call-ID that the caller sent.')

/** One address, no network. */
export const ipAddress = z
  .union([z.ipv4(), z.ipv6()], 'must be an IP address')
  .describe('IPv4 or IPv6 address.')

/** ISO 8601 with its offset. */
export const moment = z.iso.datetime({
  offset: true,
  error: ({ input }) =>
    input === undefined ? undefined : 'must be a moment such as 2027-01-31T00:00:00Z',
})

/** A whole number where there is only text: in a path or a query. */
export function digits(min: number, max: number) {
  // What `Number` takes besides, such as nothing at all, `1e3` and ` 1`, is no number here.
  const read = (text: unknown) => (/^[0-9]{1,16}$/.test(String(text)) ? Number(text) : text)
  const wanted = `must be a whole number from ${min} to ${max}`
  return z.preprocess(read, z.int(wanted).min(min, wanted).max(max, wanted))
}

/** What the file of settings says of a field that the API shows too. */
export function saidOf({ description = '' }: Pick<z.ZodType, 'description'>): string {
  return unlinked(description)
}

/** A sentence of the pages for who reads it elsewhere: a link is the file that it leads to. */
export function unlinked(text: string): string {
  return text.replaceAll(/\[[^\]]*\]\(([^)]+)\)/g, '`docs/$1`')
}

/** How many items a page has, and which page. */
export const paging = {
  limit: digits(1, 200).default(50).describe('The most items that the page may have.'),
  cursor: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,200}$/)
    .optional()
    .describe('The `next` of the page before.'),
}

/** A page of items. */
export function pageOf<Item extends z.ZodType>(item: Item) {
  return z.strictObject({
    items: z.array(item).describe('Those of this page, `limit` at most.'),
    next: z.string().nullable().describe('The `cursor` of the next page; null on the last.'),
  })
}

/** The body of every problem. RFC 9457. */
export const problemSchema = z.strictObject({
  type: z.string().describe('`urn:tollgate:problem:` and the name of the problem, for programs.'),
  title: z.string().describe('What is wrong, in a few words; the same for every such problem.'),
  status: z.int().describe('The HTTP status.'),
  detail: z.string().optional().describe('What is wrong this time.'),
  errors: z
    .array(
      z.strictObject({
        in: z.enum(['path', 'query', 'header', 'body']).describe('The part of the request.'),
        pointer: z
          .string()
          .describe(
            'JSON pointer into the body (RFC 6901), else the name of a parameter or header.',
          ),
        reason: z.string().describe('What is wrong with it.'),
      }),
    )
    .optional()
    .describe('Every field that is wrong.'),
})
