import { spawnSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { runInProcess } from '../support/run-in-process.ts'

test('bash offers the words of the commands once it has read what is printed', async () => {
  const { code, out } = await runInProcess('completion', 'bash')
  expect(code).toBe(0)
  const script = `${out}\ncompgen -W "$(complete -p tollgate | cut -d"'" -f2)" -- doc`
  expect(spawnSync('bash', ['-c', script], { encoding: 'utf8' }).stdout.trim()).toBe('doctor')
})

test('each shell gets its own, and another is wrong usage', async () => {
  for (const shell of ['zsh', 'fish']) {
    const { code, out } = await runInProcess('completion', shell)
    expect({ code, has: / --json /.test(out) }).toEqual({ code: 0, has: true })
  }
  expect(await runInProcess('completion', 'csh')).toMatchObject({ code: 2 })
})
