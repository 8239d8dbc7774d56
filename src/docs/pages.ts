import { configurationPage } from '../config/page.ts'
import { refusalsPage } from './refusals-page.ts'

/** Every page of docs/ that is made from a table, by its path. */
export function generatedPages(): Readonly<Record<string, string>> {
  return {
    'docs/configuration.md': configurationPage(),
    'docs/refusals.md': refusalsPage(),
  }
}
