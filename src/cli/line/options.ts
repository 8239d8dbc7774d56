import type { ValueType } from './values.ts'

/** The argument of a command. */
export interface Argument<Value = unknown> {
  readonly type: ValueType<Value>
  readonly help: string
}

/** An option of a command. */
export interface Option<Value = unknown> {
  readonly help: string
  /** Undefined for one that is on or off. */
  readonly type: ValueType<unknown> | undefined
  readonly short: string | undefined
  readonly isNeeded: boolean
  /** Whether it may be given several times. */
  readonly isList: boolean
  /** As it would be typed. */
  readonly default: string | undefined
  /** What it is worth where it is not given and has no default. */
  readonly absent: Value | undefined
}

/** The options of a command by their names. */
export type Options = Readonly<Record<string, Option>>

/** What options give. */
export type Values<Given extends Options> = {
  readonly [Name in keyof Given]: Given[Name] extends Option<infer Value> ? Value : never
}

const plain = {
  short: undefined,
  isNeeded: false,
  isList: false,
  default: undefined,
  absent: undefined,
} as const

/** On where it is given. */
export function flag(help: string): Option<boolean> {
  return { ...plain, help, type: undefined, absent: false }
}

/** One that may be left out. */
export function optional<Value>(type: ValueType<Value>, help: string): Option<Value | undefined> {
  return { ...plain, help, type }
}

/** One that must be given. */
export function needed<Value>(type: ValueType<Value>, help: string): Option<Value> {
  return { ...plain, help, type, isNeeded: true }
}

/** One that is worth something where it is left out. */
export function withDefault<Value>(
  type: ValueType<Value>,
  text: string,
  help: string,
): Option<Value> {
  return { ...plain, help, type, default: text }
}

/** One that may be given several times. */
export function list<Value>(type: ValueType<Value>, help: string): Option<readonly Value[]> {
  return { ...plain, help, type, isList: true, absent: [] }
}

/** One that must be given, once or more. */
export function neededList<Value>(type: ValueType<Value>, help: string): Option<readonly Value[]> {
  return { ...list(type, help), isNeeded: true }
}

/** For programs. */
export const jsonOption = flag('Print the result as JSON, for programs.')
