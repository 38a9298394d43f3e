import { expect, it } from 'vitest'
import { millis } from '../../src/base/brand.ts'
import { FleetState } from '../../src/control/fleet-state.ts'
import { composeClusters } from '../../src/control/plan-composer.ts'
import { cluster, mapInput } from '../route/fixture.ts'

it('a cluster of which the load plan says nothing has level 0, whatever its name', () => {
  const { deployment } = mapInput({ clusters: [cluster('constructor', 'seoul')], services: [], places: [] })
  const nothing = { clusters: {}, monitors: { fresh: 0, known: 0, lostSince: null } }
  const silent = { levels: {}, state: null, alarms: [], stale: [] }
  expect(composeClusters(deployment, new FleetState(), silent, millis(1), nothing)).toEqual({
    constructor: { health: 'up', drainPercent: 0, level: 0, stale: false },
  })
})
