import type { PermissionQuestion } from '../store/permission-port.ts'
import { calledBy } from './called.ts'
import { type Dossier, found } from './check.ts'

/** What is asked about the callee's permission once number, tenant and class are known. */
export function permissionQuestion(dossier: Dossier): PermissionQuestion {
  return {
    tenantId: found(dossier.tenant, 'the tenant').id,
    e164: calledBy(dossier).e164,
    callClass: found(dossier.callClass, 'the call class'),
    nowMs: dossier.nowMs,
  }
}
