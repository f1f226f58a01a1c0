// Loaded before a controller of the kill tests (NODE_OPTIONS=--import=...): on SIGUSR2 it reads from its data folder at
// which point, and at the how-manieth time, the process shall kill itself. It wraps the three libraries at the boundary
// (libsql, BullMQ, ioredis), so that the product has no word of it.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { isMainThread } from 'node:worker_threads'
import { CRASH_FILE } from './crash-point-names.mjs'

const at = process.argv.indexOf('--data')
if (isMainThread && at > 0) await wrapLibraries(process.argv[at + 1])

async function wrapLibraries(dataFolder) {
  const { default: Database } = await import('libsql')
  const { Queue } = await import('bullmq')
  const { Redis } = await import('ioredis')
  let armed = null
  process.on('SIGUSR2', () => {
    armed = JSON.parse(readFileSync(join(dataFolder, CRASH_FILE), 'utf8'))
  })
  const reach = (point) => {
    if (armed?.point === point && --armed.nth <= 0) process.kill(process.pid, 'SIGKILL')
  }

  // What kind of transaction is open, by the tables it has written.
  let kinds = new Set()
  const prepare = Database.prototype.prepare
  Database.prototype.prepare = function (text) {
    const statement = prepare.call(this, text)
    const kind = /^insert into "attempts"/.test(text)
      ? 'offer'
      : /^(?:insert into|update) "(?:metric_chunks|metric_summaries|run_values)"/.test(text)
        ? 'reports'
        : null
    if (kind !== null) wrap(statement, (run) => (kinds.add(kind), run()))
    if (text === 'begin immediate') wrap(statement, (run) => ((kinds = new Set()), run()))
    if (text === 'commit')
      wrap(statement, (run) => {
        for (const kind of kinds) reach(`${kind} before commit`)
        const result = run()
        for (const kind of kinds) reach(`${kind} after commit`)
        return result
      })
    return statement
  }

  const addBulk = Queue.prototype.addBulk
  Queue.prototype.addBulk = async function (jobs) {
    reach('job before queue')
    const result = await addBulk.call(this, jobs)
    reach('job after queue')
    return result
  }

  const sendCommand = Redis.prototype.sendCommand
  Redis.prototype.sendCommand = function (command, ...rest) {
    if (command.name === 'xtrim') reach('stream before trim')
    const isAnswer = command.name === 'rpush'
    if (isAnswer) reach('answer before send')
    const sent = sendCommand.call(this, command, ...rest)
    if (isAnswer)
      command.promise.then(
        () => reach('answer after send'),
        () => {},
      )
    return sent
  }
}

/** Both ways in which a prepared statement is run. */
function wrap(statement, around) {
  for (const name of ['run', 'all']) {
    const original = statement[name].bind(statement)
    statement[name] = (...parameters) => around(() => original(...parameters))
  }
}
