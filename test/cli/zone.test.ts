import { describe, expect, test } from 'vitest'
import { cli, temporaryFolder, write } from './run.ts'

const RECORDS = '@ 300 SOA ns hostmaster 7 7200 900 1209600 60\n@ 300 NS ns\nns 300 A 192.0.2.53\nwww 300 CNAME ns\n'

describe('zone', () => {
  test('check: a good file', async () => {
    const file = write(temporaryFolder(), 'a.zone', `$ORIGIN example.com.\n${RECORDS}`)
    expect(await cli(['zone', 'check', file])).toEqual({
      code: 0,
      out: `${file}: zone example.com., serial 7, 4 records: ok\n`,
      err: '',
    })
  })

  test('check: --origin for a file that does not say it', async () => {
    const file = write(temporaryFolder(), 'a.zone', RECORDS)
    expect((await cli(['zone', 'check', file])).code).toBe(1)
    const { code, out } = await cli(['zone', 'check', file, '--origin', 'Example.COM', '--json'])
    expect(code).toBe(0)
    expect(JSON.parse(out)).toMatchObject({ ok: true, origin: 'example.com.' })
  })

  test('check: problems with line and column, exit 1', async () => {
    const file = write(temporaryFolder(), 'a.zone', `$ORIGIN example.com.\n${RECORDS}x 300 A 1.2.3\ny 300 AAAA zz\n`)
    const { code, out } = await cli(['zone', 'check', file])
    expect(code).toBe(1)
    expect(out).toMatch(/a\.zone:6:\d+: /)
    expect(out).toMatch(/a\.zone:7:\d+: /)
  })

  test('check: rules about records have a column too, and all are told at once', async () => {
    const bad = 'x 300 CNAME y\nx 60 A 192.0.2.1\n  TXT x\n@ MX 5 x\n'
    const file = write(temporaryFolder(), 'a.zone', `$ORIGIN example.com.\n${RECORDS}${bad}`)
    const { code, out } = await cli(['zone', 'check', file])
    expect(code).toBe(1)
    expect(out).toBe(
      [
        `${file}:9:3: warning: example.com. MX names x.example.com., which is a CNAME; MX names a host itself`,
        `${file}:6:7: x.example.com. CNAME stands beside A; nothing may stand beside a CNAME`,
        `${file}: 1 error\n`,
      ].join('\n'),
    )
  })

  test('print: normal form, which prints the same again', async () => {
    const folder = temporaryFolder()
    const file = write(folder, 'a.zone', `$ORIGIN example.com.\n${RECORDS}`)
    const first = await cli(['zone', 'print', file])
    expect(first.code).toBe(0)
    expect(first.out.split('\n')[0]).toBe(
      'example.com.\t300\tIN\tSOA\tns.example.com. hostmaster.example.com. 7 7200 900 1209600 60',
    )
    const again = await cli(['zone', 'print', write(folder, 'b.zone', first.out)])
    expect(again.out).toBe(first.out)
  })

  test('a file that is not there', async () => {
    const { code, err } = await cli(['zone', 'print', '/nowhere/a.zone'])
    expect({ code, err }).toEqual({
      code: 1,
      err: '/nowhere/a.zone: cannot be read; check the path and its permissions\n',
    })
  })

  test('the zones of the repository are good', async () => {
    for (const name of ['netcinema.com', 'kingcdn.com'])
      expect(await cli(['zone', 'check', `zones/${name}.zone`])).toMatchObject({ code: 0, err: '' })
  })
})
