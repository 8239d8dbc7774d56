import type { z } from 'zod'
import { hideSecrets } from '../kernel/secret.ts'

/** One thing wrong with the settings: where, why, and what stood there. */
export interface Problem {
  /** Full path as a reader would write it: `keys[2].policy`. */
  readonly path: string
  readonly reason: string
  /** What was given, shortened; undefined where nothing was, or where it may be a secret. */
  readonly given?: string | undefined
}

/** How much of a wrong value is shown. */
const givenCharsMax = 60

/** Names whose value is never shown, right or wrong: someone may have put the real thing there. */
const secretName = /secret|password|token|private|master_?key|digest/i

/** RFC 3986 3.2.1: user and password of a URL. */
const userInfo = /\/\/[^/?#\s]*@/g

/** RFC 3986 3.4 and 3.5: query and fragment of a URL, where tokens stand. */
const urlQuery = /(:\/\/[^?#\s"]*[?#])[^\s"]*/g

type Step = PropertyKey

/** `['keys', 2, 'policy']` as `keys[2].policy`. */
function pathText(steps: readonly Step[]): string {
  return steps.reduce<string>((text, step) => {
    if (typeof step === 'number') return `${text}[${step}]`
    return text === '' ? String(step) : `${text}.${String(step)}`
  }, '')
}

/** What was given, short enough for one line; undefined when absent or possibly secret. */
function givenText(path: string, value: unknown): string | undefined {
  if (value === undefined || secretName.test(path) || isNested(value)) return undefined
  const text = hidden(JSON.stringify(value) ?? String(value))
  return text.length > givenCharsMax ? `${text.slice(0, givenCharsMax)}...` : text
}

/** Whether it has names in it: nobody knows what stands under them, nor how deep it goes. */
function isNested(value: unknown): boolean {
  const items: readonly unknown[] = Array.isArray(value) ? value : [value]
  return items.some((item) => typeof item === 'object' && item !== null)
}

function hidden(text: string): string {
  return hideSecrets(text).replace(userInfo, '//[secret]@').replace(urlQuery, '$1[secret]')
}

/** Collects problems so that all of them are told at once. */
export class Problems {
  readonly #found: Problem[] = []

  get all(): readonly Problem[] {
    return this.#found
  }

  add(path: string, reason: string, given?: unknown): void {
    const shown = givenText(path, given)
    this.#found.push({ path: hidden(path), reason: hidden(reason), given: shown })
  }

  /** Everything zod found wrong with `input`, which stands at `base`. */
  addIssues(base: readonly Step[], input: unknown, error: z.ZodError): void {
    for (const issue of error.issues) {
      const steps = [...base, ...issue.path]
      if (issue.code === 'unrecognized_keys') {
        for (const name of issue.keys) this.add(pathText([...steps, name]), 'no such setting')
        continue
      }
      // A list out of the environment came as one text.
      const given = typeof input === 'string' ? input : valueAt(input, issue.path)
      this.add(pathText(steps), given === undefined ? 'is missing' : reasonOf(issue), given)
    }
  }
}

function reasonOf(issue: z.core.$ZodIssue): string {
  const wantsNames = issue.code === 'invalid_type' && issue.expected === 'object'
  return wantsNames ? 'must hold named settings' : issue.message
}

function valueAt(input: unknown, path: readonly Step[]): unknown {
  return path.reduce<unknown>(
    (value, step) =>
      typeof value === 'object' && value !== null
        ? (value as Record<Step, unknown>)[step]
        : undefined,
    input,
  )
}

/** One line a problem, for a person who has to mend them. */
export function problemsText(problems: readonly Problem[]): string {
  return problems
    .map(({ path, reason, given }) => {
      const shown = given === undefined ? '' : ` (given: ${given})`
      return `  ${path}: ${reason}${shown}`
    })
    .join('\n')
}
