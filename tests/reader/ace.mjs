// Runs Ace, the accessibility checker of the DAISY Consortium, over many EPUBs in one process; says as JSON what it found.
//
//     node ace.mjs MODULES WORK BOOK.epub …
//
// WORK is a folder for reports and logs. The environment names Chromium (PUPPETEER_EXECUTABLE_PATH) and a HOME to write in.

import { createRequire } from 'node:module'
import path from 'node:path'

const [modules, work, ...books] = process.argv.slice(2)
const require = createRequire(path.join(path.resolve(modules), 'package.json'))
process.env.ACE_TIMEOUT_INITIAL ??= '60000'
const ace = require('@daisy/ace-core')
const runner = require('@daisy/ace-axe-runner-puppeteer')

const found = {}
const print = console.log
console.log = () => {}
for (const [number, book] of books.entries()) {
  const outdir = path.join(path.resolve(work), String(number))
  try {
    const [, report] = await ace(book, { cwd: process.cwd(), outdir, silent: true, initLogger: number === 0, fileName: 'ace.log' }, runner)
    found[book] = {
      outcome: report['earl:result']['earl:outcome'],
      violations: report.assertions.flatMap(document => document.assertions.map(one => ({
        document: document['earl:testSubject'].url,
        rule: one['earl:test']['dct:title'],
        impact: one['earl:test']['earl:impact'],
        words: one['earl:result']['dct:description'],
      }))),
    }
  } catch (error) {
    found[book] = { outcome: 'broken', violations: [], fault: String(error?.stack ?? error) }
  }
}
print(JSON.stringify(found))
process.exit(0)
