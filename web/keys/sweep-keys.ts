// `g o`, `g a`, `g g`, `g c`: the screens of a sweep from each of them, the view going along.
import { useLocation } from 'wouter'
import { sweepPath, type SweepPage } from '../format/entity-link.tsx'
import { useKeys } from './use-keys.ts'

export function useSweepKeys(sweepRef: string): void {
  const [, navigate] = useLocation()
  const go = (page: SweepPage) => () => navigate(sweepPath(sweepRef, page, window.location.search.slice(1)))
  useKeys({ 'g o': go(''), 'g a': go('analysis'), 'g g': go('agents'), 'g c': go('config') })
}
