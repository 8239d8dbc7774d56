import { Failure } from '../../kernel/failure.ts'
import type { Trust } from './chain.ts'
import { type ReadCertificate, readCertificates } from './pem-chain.ts'
import { type RevocationList, readRevocationLists } from './revocation.ts'

/** A file as it was read, and what it is called. */
export interface NamedFile {
  readonly path: string
  readonly content: Buffer
}

/** What callers' certificates are judged by, as the operator gives it. */
export interface TrustFiles {
  /** PEM: the CAs of the STI-PA's list. */
  readonly anchors: NamedFile
  readonly lists: readonly NamedFile[]
  /** PEM: who signs revocation lists besides those CAs. */
  readonly listIssuers: NamedFile | undefined
  readonly revocation: Trust['revocation']
  readonly policies: readonly string[]
}

/** Reads it all, or throws `config_invalid` that names the file that cannot be used. */
export function readTrust(files: TrustFiles): Trust {
  const { revocation, policies } = files
  const anchors = certificatesOf(files.anchors)
  const listIssuers = files.listIssuers ? certificatesOf(files.listIssuers) : []
  return {
    anchors,
    lists: files.lists.flatMap(listsOf),
    listIssuers: [...listIssuers, ...anchors],
    revocation,
    policies,
  }
}

function certificatesOf({ path, content }: NamedFile): readonly ReadCertificate[] {
  const found = readCertificates(content.toString('latin1'))
  if (!found || found.length === 0) {
    throw new Failure('config_invalid', `${path}: must hold certificates in PEM form`)
  }
  return found
}

function listsOf({ path, content }: NamedFile): readonly RevocationList[] {
  const found = readRevocationLists(content)
  if (!found) throw new Failure('config_invalid', `${path}: is not a revocation list`)
  return found
}
