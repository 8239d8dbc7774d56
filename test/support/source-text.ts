import { readdirSync, readFileSync } from 'node:fs'

/** One source file of ours: its path from the top of the repository, and its text. */
export interface SourceFile {
  readonly path: string
  readonly text: string
  /** The text with comments and the insides of strings blanked out, line by line. */
  readonly code: string
}

/** Every TypeScript file below a folder, in order of path. */
export function sourceFiles(folder: string): readonly SourceFile[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts'))
    .sort()
    .map((path) => sourceFile(`${folder}/${path}`))
}

/** One source file, by its path from the top of the repository. */
export function sourceFile(path: string): SourceFile {
  const text = readFileSync(path, 'utf8')
  return { path, text, code: codeOf(text) }
}

/** What a file imports, statically or not, in order. */
export function importsOf(file: SourceFile): readonly string[] {
  const pattern =
    /(?:^|\n)(?:import|export)\b[^'"`;]*?from '([^']+)'|\bimport\(\s*'([^']+)'|(?:^|\n)import '([^']+)'/g
  return [...file.text.matchAll(pattern)].map((match) => match[1] ?? match[2] ?? match[3] ?? '')
}

type Mode = 'code' | 'line comment' | 'comment' | 'string' | 'template' | 'regex'

/** Blanks comments, strings and regular expressions; keeps line breaks and all code. */
export function codeOf(text: string): string {
  let mode: Mode = 'code'
  let quote = ''
  let inClass = false
  let out = ''
  let significant = ''
  /** For each open `${`: how many braces are open inside it. */
  const templates: number[] = []
  for (let at = 0; at < text.length; at++) {
    const here = text[at] ?? ''
    const next = text[at + 1] ?? ''
    if (mode === 'code') {
      if (here === '/' && next === '/') mode = 'line comment'
      else if (here === '/' && next === '*') mode = 'comment'
      else if (here === '/' && /^$|[(,=:[!&|?{};+\n]|return$/.test(significant)) mode = 'regex'
      else if (here === "'" || here === '"') {
        mode = 'string'
        quote = here
      } else if (here === '`') mode = 'template'
      else if (here === '{' && templates.length > 0) templates.push((templates.pop() ?? 0) + 1)
      else if (here === '}' && templates.length > 0) {
        const open = templates.pop() ?? 0
        if (open === 0) mode = 'template'
        else templates.push(open - 1)
      }
      if (here.trim() !== '') {
        significant = /\w/.test(here) && /\w$/.test(significant) ? significant + here : here
      }
      out += mode === 'code' || mode === 'string' || mode === 'template' ? here : ' '
      continue
    }
    if (here === '\n') out += '\n'
    else out += ' '
    if (mode === 'line comment' && here === '\n') mode = 'code'
    else if (mode === 'comment' && here === '*' && next === '/') {
      at += 1
      mode = 'code'
    } else if (mode === 'string' || mode === 'template' || mode === 'regex') {
      if (here === '\\') at += 1
      else if (mode === 'regex' && here === '[') inClass = true
      else if (mode === 'regex' && here === ']') inClass = false
      else if (mode === 'string' && here === quote) mode = 'code'
      else if (mode === 'regex' && here === '/' && !inClass) mode = 'code'
      else if (mode === 'template' && here === '`') mode = 'code'
      else if (mode === 'template' && here === '$' && next === '{') {
        at += 1
        templates.push(0)
        mode = 'code'
      }
      significant = 'x'
    }
  }
  return out
}
