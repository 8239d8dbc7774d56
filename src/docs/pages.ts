import { cliPage } from '../cli/page.ts'
import { configurationPage } from '../config/page.ts'
import { decisionsPage } from './decisions-page.ts'
import { eventsPage } from './events-page.ts'
import { refusalsPage } from './refusals-page.ts'

/** Every page of docs/ that is made from a table, by its path. */
export async function generatedPages(): Promise<Readonly<Record<string, string>>> {
  return {
    'docs/cli.md': await cliPage(),
    'docs/configuration.md': configurationPage(),
    'docs/decisions/README.md': decisionsPage('docs/decisions'),
    'docs/events.md': eventsPage(),
    'docs/refusals.md': refusalsPage(),
  }
}
