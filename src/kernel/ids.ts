declare const brand: unique symbol

/** A string that stands for one kind of thing only: a tenant's id is never taken for a key's. */
export type Id<Name extends string> = string & { readonly [brand]: Name }
