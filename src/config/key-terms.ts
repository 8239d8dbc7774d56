import * as type from './types.ts'

/** What every key has, of a tenant or of the operator: whether, until when and from where it works. */
export const keyTerms = {
  status: type
    .oneOf(['active', 'suspended', 'revoked'])
    .default('active')
    .describe(
      '`active`; `suspended`: refused until it is active again; `revoked`: refused for good.',
    ),
  expiresAt: type.moment.optional().describe('Moment from which it is refused.'),
  allowedSources: type
    .list(type.cidr)
    .describe('Networks that it works from, CIDR; with an empty list, nowhere.'),
}
