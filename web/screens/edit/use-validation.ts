// What the server says of a text, shortly after the last key: the same words as `sweep validate`.
import { useQuery, keepPreviousData } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { answer, api } from '../../api/client.ts'
import type { components } from '../../api/openapi.d.ts'

export type Validation = components['schemas']['ValidateSweepResponse']
export type ConfigProblem = components['schemas']['ConfigProblem']

const QUIET_MS = 300
const SAMPLES = 5

export interface Validated {
  /** Of the newest text that was answered; null: of none yet. */
  readonly validation: Validation | null
  /** It is of the text as it stands. */
  readonly isCurrent: boolean
  readonly error: Error | null
}

export function useValidation(text: string, samples = SAMPLES): Validated {
  const [settled, setSettled] = useState(text)
  useEffect(() => {
    const timer = window.setTimeout(() => setSettled(text), QUIET_MS)
    return () => window.clearTimeout(timer)
  }, [text])
  const { data, error, isPlaceholderData } = useQuery({
    queryKey: ['validate', settled, samples],
    queryFn: () => validate(settled, samples),
    placeholderData: keepPreviousData,
    enabled: settled.trim() !== '',
    staleTime: Infinity,
    gcTime: 60_000,
  })
  return {
    validation: data ?? null,
    isCurrent: data !== undefined && !isPlaceholderData && settled === text,
    error,
  }
}

export function validate(text: string, samples: number): Promise<Validation> {
  return answer(api.POST('/api/v1/validate', { body: { text, samples } }))
}
