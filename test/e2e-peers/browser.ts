import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join, normalize } from 'node:path'
import { type Browser, chromium, type Page } from 'playwright-core'
import { programPath } from '../support/programs.ts'

const sipJs = join(import.meta.dirname, '..', '..', 'node_modules', 'sip.js', 'lib')
const phone = join(import.meta.dirname, 'page-phone.js')
const startTimeoutMs = 40_000
const flags = [
  ...['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking'],
  ...['--disable-component-update', '--disable-sync', '--disable-quic'],
  ...['--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream'],
]

/** Pages in a real browser, each with a phone that is driven as `phone` from outside. */
export interface PagePhones extends AsyncDisposable {
  /** As WebSockets of the pages say where they come from. */
  readonly origin: string
  open(): Promise<Page>
}

/** Starts Chromium, and a web server that has the page and sip.js as its package has it. */
export async function startBrowser(): Promise<PagePhones> {
  await using stack = new AsyncDisposableStack()
  const origin = await servePages(stack)
  const browser: Browser = await chromium.launch({
    executablePath: programPath('chromium'),
    args: flags,
    timeout: startTimeoutMs,
  })
  stack.defer(() => browser.close())
  const context = await browser.newContext({ ignoreHTTPSErrors: true })
  const held = stack.move()
  return {
    origin,
    open: async () => {
      const page = await context.newPage()
      await page.goto(`${origin}/`)
      await page.waitForFunction('globalThis.phone !== undefined')
      return page
    },
    [Symbol.asyncDispose]: () => held.disposeAsync(),
  }
}

async function servePages(stack: AsyncDisposableStack): Promise<string> {
  const server = createServer(async ({ url = '' }, response) => {
    const script = url === '/phone.js' ? phone : join(sipJs, normalize(url.replace('/sip.js', '')))
    const isPage = url === '/'
    const text = isPage
      ? '<!doctype html><title>phone</title><script type="module" src="/phone.js"></script>'
      : await readFile(script).catch(() => undefined)
    const type = isPage ? 'text/html' : 'text/javascript'
    response.writeHead(text === undefined ? 404 : 200, { 'content-type': type }).end(text)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  stack.defer(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}
