import { describe, expect, it } from 'vitest'
import { firstListed, FIRST_VIEW, pressKey } from '../../../../cli/top/view.ts'
import type { Key, KeyWorld, View, Wish } from '../../../../cli/top/view.ts'

const LISTED = Array.from({ length: 50 }, (_, index) => `run${index}`)
const WORLD: KeyWorld = {
  listed: LISTED,
  rows: 10,
  pagerRows: 20,
  shownColumns: ['rank', 'trend', 'lr', 'state'],
  knownColumns: ['trend', 'state', 'took', 'lr', 'm.acc'],
  isPaused: false,
  mayPause: true,
}

const NAMES: Readonly<Record<string, string>> = {
  UP: 'up',
  DOWN: 'down',
  PGUP: 'pageup',
  PGDN: 'pagedown',
  END: 'end',
  HOME: 'home',
  ENTER: 'return',
  ESC: 'escape',
  BACK: 'backspace',
  SPACE: 'space',
}

/** Presses one key after the other; words in capitals are keys without a sign. */
function press(
  keys: string,
  view: View = FIRST_VIEW,
  world: KeyWorld = WORLD,
): { view: View; wishes: Wish[] } {
  const wishes: Wish[] = []
  for (const word of keys.split(' ')) {
    const key: Key =
      word === '^C'
        ? { name: 'c', ctrl: true }
        : NAMES[word]
          ? { name: NAMES[word], sequence: '' }
          : { name: word, sequence: word }
    const pressed = pressKey(view, key, world)
    view = pressed.view
    if (pressed.wish !== null) wishes.push(pressed.wish)
  }
  return { view, wishes }
}

describe('the keys of sweep top', () => {
  it('move the mark by rows and pages, never past the ends', () => {
    const at = (keys: string) => press(keys).view.selectedId
    expect(at('DOWN')).toBe('run0')
    expect(at('DOWN DOWN j')).toBe('run2')
    expect(at('DOWN DOWN UP k UP')).toBe('run0')
    expect(at('PGDN')).toBe('run8')
    expect(at('END DOWN')).toBe('run49')
    expect(at('G PGUP')).toBe('run40')
    expect(at('END HOME')).toBe('run0')
    expect(press('DOWN', FIRST_VIEW, { ...WORLD, listed: [] }).view.selectedId).toBeNull()
  })

  it('scroll the list so that the mark stays on the screen', () => {
    const first = (keys: string) => firstListed(press(keys).view, LISTED, 10)
    expect(first('DOWN')).toBe(0)
    expect(first('PGDN DOWN')).toBe(0)
    expect(first('PGDN DOWN DOWN')).toBe(1)
    expect(first('END')).toBe(40)
    expect(first('END UP UP')).toBe(40)
    expect(first('END PGUP UP')).toBe(39)
  })

  it('keep the marked row where it is when others come above it, except at the top of the list', () => {
    const scrolled = press('END UP UP').view
    expect(firstListed(scrolled, ['new', ...LISTED], 10)).toBe(41)
    const atTop = press('DOWN DOWN').view
    expect(firstListed(atTop, ['new', ...LISTED], 10)).toBe(0)
  })

  it('open what belongs to the marked run, or to the first one', () => {
    expect(press('DOWN DOWN ENTER')).toMatchObject({ wishes: ['run'], view: { selectedId: 'run1' } })
    expect(press('l')).toMatchObject({ wishes: ['logs'], view: { selectedId: 'run0' } })
    expect(press('a').wishes).toEqual(['agents'])
    expect(press('?').wishes).toEqual(['help'])
    expect(press('ENTER', FIRST_VIEW, { ...WORLD, listed: [] }).view.message).toMatch(/no run/)
  })

  it('leave with q and with ctrl-c, the latter from anywhere', () => {
    expect(press('q').wishes).toEqual(['quit'])
    expect(press('/ q').wishes).toEqual([])
    expect(press('/ q ^C').wishes).toEqual(['quit'])
    expect(press('c ^C').wishes).toEqual(['quit'])
  })

  it('ask before they pause, and take anything but y for no', () => {
    expect(press('p').wishes).toEqual([])
    expect(press('p y').wishes).toEqual(['pause'])
    expect(press('p n')).toMatchObject({ wishes: [], view: { asked: null, message: 'nothing was changed' } })
    expect(press('p y', FIRST_VIEW, { ...WORLD, isPaused: true }).wishes).toEqual(['resume'])
    expect(press('p y', FIRST_VIEW, { ...WORLD, mayPause: false })).toMatchObject({ wishes: [] })
  })

  it('type a filter, take it when it can be read, and say what is wrong when not', () => {
    const typed = press('/ l r > 1 ENTER').view
    expect(typed).toMatchObject({ typed: null, selection: { text: 'lr>1' } })
    const wrong = press('/ l r > > ENTER').view
    expect(wrong.typed).toMatchObject({
      text: 'lr>>',
      problem: expect.stringMatching(/no operator ">>"/) as string,
    })
    expect(press('BACK 1 ENTER', wrong).view.selection?.text).toBe('lr>1')
    expect(press('/ ESC', typed).view.selection?.text).toBe('lr>1')
    expect(press('/ BACK BACK BACK BACK ENTER', typed).view.selection).toBeNull()
    expect(press('ESC', typed).view.selection).toBeNull()
  })

  it('sort by one column after the other, and turn the order around', () => {
    expect(press('s').view.order).toEqual({ column: 'lr', isDescending: false })
    expect(press('s S').view.order).toEqual({ column: 'lr', isDescending: true })
    expect(press('s s s').view.order.column).toBe('rank')
  })

  it('choose columns, and go back to those of the start', () => {
    const chosen = press('c DOWN DOWN SPACE ENTER').view
    expect(chosen).toMatchObject({ choosing: null, columns: ['rank', 'trend', 'lr', 'state', 'took'] })
    expect(press('c SPACE').view.columns).toEqual(['rank', 'lr', 'state'])
    expect(press('c r', chosen).view.columns).toBeNull()
  })

  it('scroll a page and close it', () => {
    const lines = Array.from({ length: 50 }, () => [])
    const open: View = { ...FIRST_VIEW, pager: { title: 'x', lines, top: 0, isFollowing: false } }
    expect(press('DOWN', open).view.pager?.top).toBe(1)
    expect(press('END', open).view.pager?.top).toBe(30)
    expect(press('q', open)).toMatchObject({ wishes: [], view: { pager: null } })
    const following: View = { ...FIRST_VIEW, pager: { title: 'x', lines, top: 30, isFollowing: true } }
    expect(press('UP', following).view.pager).toMatchObject({ top: 29, isFollowing: false })
  })
})
