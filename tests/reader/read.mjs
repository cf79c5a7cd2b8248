// Opens an EPUB in a reading system, in headless Chromium, and says as JSON what a reader met there.
//
//     node read.mjs MODULES CHROMIUM BOOK.epub PICTURES [HREF …]
//
// MODULES is the folder that holds node_modules. PICTURES is a folder for screenshots of each HREF, in three dresses.
// Nothing but this process's own loopback server can be reached, and every request for something else is told.

import { createServer } from 'node:http'
import { readFile, mkdir } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import path from 'node:path'

const [modules, chromium, book, pictures, ...shown] = process.argv.slice(2)
const require = createRequire(path.join(path.resolve(modules), 'package.json'))
const puppeteer = require('puppeteer-core')
const here = path.dirname(fileURLToPath(import.meta.url))
const foliate = path.join(path.resolve(modules), 'node_modules', 'foliate-js')
const types = { '.js': 'text/javascript', '.html': 'text/html', '.epub': 'application/epub+zip' }

const pause = milliseconds => new Promise(resolve => setTimeout(resolve, milliseconds))
const answered = page => page.evaluate(() => Promise.race([
  window.answer,
  new Promise(resolve => setTimeout(() => resolve({ kind: 'silence' }), 10_000)),
]))

const server = createServer(async ({ url }, response) => {
  const name = decodeURIComponent(new URL(url, 'http://127.0.0.1').pathname)
  const file = name === '/' ? path.join(here, 'host.html')
    : name === '/book.epub' ? path.resolve(book)
    : name.startsWith('/foliate/') ? path.join(foliate, path.normalize(name.slice(9)))
    : null
  try {
    const data = await readFile(file)
    response.writeHead(200, { 'content-type': types[path.extname(file)] ?? 'application/octet-stream' }).end(data)
  } catch {
    response.writeHead(404).end()
  }
})
await new Promise(resolve => server.listen(0, '127.0.0.1', resolve))
const home = `http://127.0.0.1:${server.address().port}/`

const browser = await puppeteer.launch({
  executablePath: chromium,
  headless: true,
  timeout: 60_000,
  protocolTimeout: 60_000,
  args: ['--no-sandbox', '--disable-gpu', '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1', '--font-render-hinting=none'],
})
const found = { requests: [], faults: [], sections: [], contents: [], pages: [], calls: [] }
try {
  const page = await browser.newPage()
  await page.setViewport({ width: 720, height: 960 })
  page.on('request', request => {
    const url = request.url()
    if (!url.startsWith(home) && !/^(blob|data):/.test(url)) found.requests.push(url)
  })
  page.on('pageerror', error => found.faults.push(String(error)))
  page.on('console', message => { if (message.type() === 'error') found.faults.push(`${message.text()} ${message.location()?.url ?? ''}`) })
  await page.goto(home)
  await page.waitForFunction('window.ready')
  found.book = await page.evaluate(address => reader.open(address), '/book.epub')

  const calls = []
  for (let index = 0; index < found.book.sections.length; index++) {
    const section = await page.evaluate(number => reader.section(number), index)
    calls.push(...section.calls)
    found.sections.push({ id: found.book.sections[index], faces: section.faces, pictures: section.pictures })
  }
  for (const line of found.book.contents) found.contents.push({ ...line, there: await page.evaluate(href => reader.go(href), line.href) })
  for (const line of found.book.pages) found.pages.push({ ...line, there: await page.evaluate(href => reader.go(href), line.href) })
  for (const call of calls) {
    const at = await page.evaluate(href => reader.find(href), call.href)
    await page.mouse.click(at.x, at.y)
    found.calls.push({ ...call, hit: at.hit, answer: await answered(page) })
    await page.evaluate(() => reader.close())
  }

  await mkdir(pictures, { recursive: true })
  const dresses = {
    'phone-light': [{ width: 390, height: 844, deviceScaleFactor: 2 }, '#111', '#fff', 18, 'light'],
    'phone-dark': [{ width: 390, height: 844, deviceScaleFactor: 2 }, '#e8e6e3', '#121212', 18, 'dark'],
    'tablet-sepia': [{ width: 820, height: 1180, deviceScaleFactor: 1.5 }, '#3b2f1e', '#f4ecd8', 21, 'light'],
  }
  for (const [name, [viewport, ...dress]] of Object.entries(dresses)) {
    await page.setViewport(viewport)
    await page.evaluate((...all) => reader.dress(...all), ...dress)
    for (const [number, href] of shown.entries()) {
      await page.evaluate(target => reader.go(target), href)
      await pause(250)
      await page.screenshot({ path: path.join(pictures, `${name}-${String(number + 1).padStart(2, '0')}.png`) })
    }
    if (calls.length) {
      await page.evaluate(href => reader.go(href), calls[0].href)
      await pause(300)
      const at = await page.evaluate(href => reader.find(href), calls[0].href)
      await page.mouse.click(at.x, at.y)
      await answered(page)
      await pause(400)
      await page.screenshot({ path: path.join(pictures, `${name}-note.png`) })
      await page.evaluate(() => reader.close())
    }
  }
} finally {
  await browser.close()
  server.close()
}
process.stdout.write(JSON.stringify(found))
