import { configurationPage } from '../config/page.ts'
import { eventsPage } from './events-page.ts'
import { refusalsPage } from './refusals-page.ts'

/** Every page of docs/ that is made from a table, by its path. */
export function generatedPages(): Readonly<Record<string, string>> {
  return {
    'docs/configuration.md': configurationPage(),
    'docs/events.md': eventsPage(),
    'docs/refusals.md': refusalsPage(),
  }
}
