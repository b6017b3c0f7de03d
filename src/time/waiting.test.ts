import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { startDeadline } from './waiting.ts'

describe('a deadline', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  it('comes after its time, once, and not where it was called off', () => {
    const late: string[] = []
    startDeadline(1000, () => late.push('kept'))
    const stop = startDeadline(1000, () => late.push('called off'))
    vi.advanceTimersByTime(999)
    expect(late).toEqual([])
    stop()
    vi.advanceTimersByTime(5000)
    expect(late).toEqual(['kept'])
  })

  it('counts a stop of the process as a tenth at most, however long it was', () => {
    let isLate = false
    startDeadline(1000, () => (isLate = true))
    vi.advanceTimersByTime(450)
    // What was due while it stood still is run once when it goes on.
    vi.setSystemTime(Date.now() + 3_600_000)
    vi.advanceTimersToNextTimer()
    expect(isLate).toBe(false)
    vi.advanceTimersByTime(500)
    expect(isLate).toBe(true)
  })
})
