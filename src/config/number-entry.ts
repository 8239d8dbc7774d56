import { z } from 'zod'
import * as type from './types.ts'

/** Numbers that a tenant may present as its own. */
export const numberEntry = z
  .strictObject({
    tenant: type.id.describe('The tenant that owns them.'),
    number: type.e164.optional().describe('One number, E.164, in quotes.'),
    from: type.e164.optional().describe('Instead: the first number of a range.'),
    to: type.e164.optional().describe('The last number of that range.'),
    right: type
      .text()
      .optional()
      .describe(
        'What gives the right to them, such as an order or a letter; stands in the trace of every call.',
      ),
  })
  .refine(
    ({ number, from, to }) =>
      number === undefined ? from !== undefined && to !== undefined : !from && !to,
    { message: 'needs either number, or from and to' },
  )
  .refine(({ from, to }) => !from || !to || (from.length === to.length && from <= to), {
    message: 'from and to must have the same length, the lower first',
  })
