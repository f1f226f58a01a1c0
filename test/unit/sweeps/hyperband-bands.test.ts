import { expect, it } from 'vitest'
import { hyperbandBands } from '../../../sweeps/hyperband-bands.ts'

it.each([
  [{ min_iter: 3 }, [3, 9, 27, 81]],
  [{ min_iter: 4, eta: 1.5 }, [4, 6, 9, 13]],
  [{ max_iter: 27, s: 2 }, [3, 9]],
  [{ max_iter: 10, s: 5 }, [1, 3]], // 10 / 3 = 3.33, / 3 = 1.11, then below 1
  [{ max_iter: 9, s: 1, min_iter: 5 }, [3]],
  [{ max_iter: 2, s: 1 }, []],
])('%j gives %j', (settings, bands) => {
  expect(hyperbandBands(settings).slice(0, 4)).toEqual(bands)
})
