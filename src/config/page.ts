import { z } from 'zod'
import { entryTypes } from './declarations.ts'
import { markdownTable } from './markdown-table.ts'
import type { SettingRow } from './setting-row.ts'
import { eachSetting } from './settings.ts'

/** Every setting, for programs. */
export function settingsTold() {
  return eachSetting().map(([path, row]) => {
    return { path, env: row.env, default: defaultText(row), help: helpOf(row) }
  })
}

/** Every setting, for people. */
export function settingLines(): readonly string[] {
  const rows = settingsTold().flatMap(({ path, env, default: value, help }) => [
    `${path} (${env})`,
    `    ${help} Default: ${value ?? 'none'}.`,
  ])
  return [
    'Settings: path in the file, name in the environment, which outranks the file.',
    ...['', ...rows, ''],
    `The file also declares ${Object.keys(entryTypes).join(', ')}: docs/configuration.md.`,
  ]
}

/** The page docs/configuration.md. */
export function configurationPage(): string {
  const rows = eachSetting().map(([path, row]) => [
    `\`${path}\``,
    `\`${row.env}\``,
    defaultCell(row),
    helpOf(row),
  ])
  return `# Configuration

<!-- Made from src/config by \`npm run docs\`; do not edit. -->

Settings stand in one YAML file (\`--config <file>\` or \`TOLLGATE_CONFIG\`). The dots of a name are levels of
the file: \`log.level\` is \`log: { level: info }\`. Each setting of the first table can also be given by the environment,
which outranks the file; a list is then written with commas. All problems are told at once, each with the
full path of what is wrong, and the process ends with code 1. A name that is not on this page is refused.

${markdownTable(['setting', 'environment', 'default', 'what it does'], rows)}

## What the file declares

Each of the following is a list. \`config/demo.yaml\` and \`config/production.yaml\` are examples.

${Object.entries(entryTypes)
  .map(([name, entry]) => listSection(name, entry))
  .join('\n\n')}
`
}

/** What it does, and of a closed set, what it may be. */
function helpOf({ type, help }: SettingRow): string {
  const { enum: values } = z.toJSONSchema(type, { io: 'input', unrepresentable: 'any' })
  return values ? `${help} One of ${values.map((value) => `\`${value}\``).join(', ')}.` : help
}

function defaultText({ default: value }: SettingRow): string | null {
  if (value === undefined) return null
  return typeof value === 'object' ? value.join(',') : String(value)
}

function defaultCell(row: SettingRow): string {
  return row.default === undefined || defaultText(row) === '' ? '-' : `\`${defaultText(row)}\``
}

interface FieldSchema {
  readonly default?: unknown
  readonly description?: string
}

function listSection(name: string, entry: z.ZodType): string {
  // Seen from the input a schema tells what is required, from the output what the defaults are.
  const { required = [] } = z.toJSONSchema(entry, { io: 'input', unrepresentable: 'any' })
  const { properties = {} } = z.toJSONSchema(entry, { io: 'output', unrepresentable: 'any' })
  const rows = Object.entries(properties).map(([field, property]) => {
    const { default: value, description = '' } = Object(property) as FieldSchema
    const shown = required.includes(field) ? 'required' : fieldDefault(value)
    return [`\`${field}\``, shown, description]
  })
  return `### ${name}\n\n${markdownTable(['field', 'default', 'what it is'], rows)}`
}

function fieldDefault(value: unknown): string {
  if (value === undefined || (typeof value === 'object' && !Array.isArray(value))) return '-'
  if (Array.isArray(value)) return value.length > 0 ? `\`${value.join(', ')}\`` : '-'
  return `\`${String(value)}\``
}
