/** Waits for all steps, so that none is under way any more when this rejects; with the first that failed. */
export async function together(steps: readonly Promise<void>[]): Promise<void> {
  const failed = (await Promise.allSettled(steps)).find(({ status }) => status === 'rejected')
  if (failed?.status === 'rejected') throw failed.reason
}
