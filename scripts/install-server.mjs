// Installs a program that is missing: by apt-get as root or through `sudo -n`, or by brew. Never asks.
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { SetupError, indent, isOnPath, run, step } from './steps.mjs'

export const REDIS = {
  name: 'redis-server',
  isThere: () => isOnPath('redis-server'),
  aptPackage: 'redis-server',
  brewPackage: 'redis',
  byHand: [
    'Debian, Ubuntu:  sudo apt-get install redis-server',
    'Fedora:          sudo dnf install redis',
    'macOS:           brew install redis',
    'conda:           conda install -c conda-forge redis-server',
  ],
}

/** For the tests alone: they start a server of their own. Debian keeps its programs out of PATH. */
export const POSTGRES = {
  name: 'PostgreSQL',
  isThere: () => isOnPath('initdb') || debianVersions().some((bin) => existsSync(join(bin, 'initdb'))),
  aptPackage: 'postgresql',
  brewPackage: 'postgresql',
  byHand: [
    'Debian, Ubuntu:  sudo apt-get install postgresql',
    'Fedora:          sudo dnf install postgresql-server',
    'macOS:           brew install postgresql',
  ],
}

/** For the tests alone: they make certificates of their own. */
export const OPENSSL = {
  name: 'openssl',
  isThere: () => isOnPath('openssl'),
  aptPackage: 'openssl',
  brewPackage: 'openssl',
  byHand: ['Debian, Ubuntu:  sudo apt-get install openssl', 'macOS:           brew install openssl'],
}

/** For the tests of the dashboard alone. */
export const CHROMIUM = {
  name: 'Chromium',
  isThere: () => ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'].some(isOnPath),
  aptPackage: 'chromium',
  brewPackage: 'chromium',
  byHand: [
    'Debian, Ubuntu:  sudo apt-get install chromium',
    'Fedora:          sudo dnf install chromium',
    'macOS:           brew install --cask chromium',
  ],
}

const DEBIAN_FOLDER = '/usr/lib/postgresql'

function debianVersions() {
  return existsSync(DEBIAN_FOLDER)
    ? readdirSync(DEBIAN_FOLDER).map((version) => join(DEBIAN_FOLDER, version, 'bin'))
    : []
}

/** @throws SetupError when it is missing and cannot be installed: how to do it by hand */
export function installServer(server) {
  if (server.isThere()) return
  const way = findInstaller(server)
  if (way === null) throw new SetupError(help(server))
  step(`installing ${server.name} (${way.label})`, () => {
    const failed = way.commands.map(([command, ...args]) => run(command, args)).filter((result) => !result.ok)
    // `apt-get update` may fail on one stale list while the install works: what counts is the program.
    if (!server.isThere()) {
      throw new SetupError(
        `${help(server)}\n\n${way.label} was tried and said:\n${indent(failed[0]?.output ?? '')}`,
      )
    }
  })
}

function findInstaller({ aptPackage, brewPackage }) {
  if (isOnPath('apt-get')) {
    const asRoot = process.getuid?.() === 0
    const viaSudo =
      !asRoot && isOnPath('sudo') && spawnSync('sudo', ['-n', 'true'], { stdio: 'ignore' }).status === 0
    if (asRoot || viaSudo) {
      const apt = [
        ...(asRoot ? [] : ['sudo', '-n']),
        ...['env', 'DEBIAN_FRONTEND=noninteractive', 'apt-get', '-q', '-y', '-o', 'DPkg::Lock::Timeout=120'],
      ]
      return {
        label: `${viaSudo ? 'sudo ' : ''}apt-get`,
        commands: [
          [...apt, 'update'],
          [...apt, 'install', '--no-install-recommends', aptPackage],
        ],
      }
    }
  }
  if (isOnPath('brew')) return { label: 'brew', commands: [['brew', 'install', brewPackage]] }
  return null
}

function help({ name, byHand }) {
  return (
    `${name} is not on PATH, and it cannot be installed from here without a question.\n` +
    byHand.map((line) => `  ${line}\n`).join('') +
    'Then run this again.'
  )
}
