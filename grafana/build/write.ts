/** Writes grafana/dashboards/: `npx tsx grafana/build/write.ts`. */
import { writeFileSync } from 'node:fs'
import { DASHBOARDS, toText } from './dashboards.ts'

for (const [name, dashboard] of Object.entries(DASHBOARDS))
  writeFileSync(new URL(`../dashboards/${name}.json`, import.meta.url), toText(dashboard))
