import { spawnSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { runInProcess } from '../support/run-in-process.ts'

const { out: script } = await runInProcess('completion', 'bash')

/** What bash offers at the end of a line. */
function offered(line: string): readonly string[] {
  const words = line.split(' ')
  const typed = words.map((word) => `'${word}'`).join(' ')
  const [here = '', before = ''] = [words.at(-1), words.at(-2)]
  const asked = `${script}
COMP_WORDS=(${typed}); COMP_CWORD=${words.length - 1}
_tollgate tollgate '${here}' '${before}'; echo "\${COMPREPLY[@]}"`
  const { stdout, stderr } = spawnSync('bash', ['-c', asked], { encoding: 'utf8' })
  expect(stderr.replace(/.*compopt: not currently executing.*\n/g, '')).toBe('')
  return stdout.trim().split(' ').filter(Boolean)
}

test.each([
  ['tollgate doc', ['doctor']],
  ['tollgate keys re', ['resume', 'revoke', 'rotate'].filter((word) => word.startsWith('re'))],
  ['tollgate keys mint --te', ['--tenant', '--test']],
  ['tollgate records search --decision a', ['admitted']],
  ['tollgate opt-outs add --scope m', ['marketing']],
  ['tollgate completion z', ['zsh']],
  ['tollgate apply -f x', []],
])('after %j bash offers %j', (line, words) => {
  expect(offered(line)).toEqual(words)
})

test('each shell gets commands with their own options, and another is wrong usage', async () => {
  const zsh = await runInProcess('completion', 'zsh')
  expect(zsh.out).toMatch(
    /'audit verify'\)\n {6}_arguments .*'--dir\[[^']*\]:<directory>:_files -\/'/,
  )
  const fish = await runInProcess('completion', 'fish')
  expect(fish.out).toContain(
    "'__fish_seen_subcommand_from keys; and __fish_seen_subcommand_from mint'",
  )
  expect(fish.out).toContain(" -l tenant -x -d 'The tenant that owns it.'")
  // fish refuses the two together.
  expect(fish.out).toContain(' -l file -s f -r -F ')
  expect(fish.out).not.toMatch(/ -x -F/)
  expect(await runInProcess('completion', 'csh')).toMatchObject({
    code: 2,
    err: expect.stringContaining('must be one of bash, zsh, fish'),
  })
})
