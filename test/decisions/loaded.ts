import { RuleBook } from '../../src/compliance/rule-book.ts'
import { loadCompliance } from '../../src/config/compliance.ts'
import { readSettings } from '../../src/config/load.ts'
import { loadGeography } from '../../src/numbering/geography.ts'
import { loadLists } from '../../src/tables/operator-lists.ts'
import { base, readYaml, tableFile, tableNames } from './table.ts'

// Read once for all rows.

/** Every file of rows. */
export const tables = tableNames().map((name) => ({ name, ...tableFile.parse(readYaml(name)) }))
const law = new RuleBook(loadCompliance('config/compliance'))
const settings = readSettings({ text: JSON.stringify(base.config), environment: {} })
if (!settings.ok) throw new Error(JSON.stringify(settings.problems))
const lists = await loadLists(settings.settings.directory.lists, () => undefined)
/** What their calls are judged by besides their policies. */
export const rules = { law, whereabouts: loadGeography(), lists }
