import ts from 'typescript'

/** What one folder of `src` may import: names of other folders, and packages or `node:` as `package:<name>` and `node:*`. */
export type Law = Readonly<Record<string, readonly string[]>>

export interface House {
  readonly law: Law
  /** No clock, no randomness, no process, no node types, no package: everything comes in as an argument. */
  readonly pure: readonly string[]
  /** Packages that only certain files may import: package -> path patterns inside src. */
  readonly keepers: Readonly<Record<string, RegExp>>
  /** Files that only certain files may import: target path -> path pattern of the importers. */
  readonly doors: Readonly<Record<string, RegExp>>
  /** Steps of the pipeline: folders inside `route` that never import each other; only these files import them. */
  readonly steps: readonly string[]
  readonly stepUsers: RegExp
  readonly mostLines: number
}

/** Path inside src (`zone/lookup.ts`) -> text. */
export type Sources = ReadonlyMap<string, string>

/** One sentence per breach, in the order of the files; empty when the law is kept. */
export function breaches(sources: Sources, house: House): string[] {
  const found: string[] = []
  const graph = new Map<string, string[]>()
  for (const [path, text] of sources) {
    const file = ts.createSourceFile(path, text, ts.ScriptTarget.ES2023, true)
    const imports = importsOf(file)
    const own = imports.filter(target => target.startsWith('.')).map(target => resolve(path, target))
    graph.set(path, own)
    found.push(
      ...own.flatMap(target => ownImport(path, target, sources, house)),
      ...imports.filter(target => !target.startsWith('.')).flatMap(target => foreignImport(path, target, house)),
      ...(house.pure.includes(folderOf(path)) ? impurities(file).map(what => `${path}: ${what} in a pure folder`) : []),
    )
    const lines = text.split('\n').length - (text.endsWith('\n') ? 1 : 0)
    if (lines > house.mostLines) found.push(`${path}: ${lines} lines, more than ${house.mostLines}`)
  }
  return [...found, ...cycles(graph)]
}

/** Specifiers of every import and export-from, static, dynamic and in types. */
function importsOf(file: ts.SourceFile): string[] {
  const found: string[] = []
  const visit = (node: ts.Node): void => {
    if ((ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) && node.moduleSpecifier !== undefined)
      found.push((node.moduleSpecifier as ts.StringLiteral).text)
    else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument))
      found.push((node.argument.literal as ts.StringLiteral).text)
    else if (ts.isCallExpression(node) && isLoader(node.expression)) {
      const [target] = node.arguments
      found.push(target !== undefined && ts.isStringLiteralLike(target) ? target.text : 'a computed path')
    }
    ts.forEachChild(node, visit)
  }
  visit(file)
  return found
}

const isLoader = (callee: ts.Expression): boolean =>
  callee.kind === ts.SyntaxKind.ImportKeyword || (ts.isIdentifier(callee) && callee.text === 'require')

const folderOf = (path: string): string => (path.includes('/') ? path.slice(0, path.indexOf('/')) : path)

function resolve(from: string, target: string): string {
  const parts = from.split('/').slice(0, -1)
  for (const part of target.split('/')) {
    if (part === '..') {
      if (parts.length === 0) return `outside src (${target})`
      parts.pop()
    } else if (part !== '.') parts.push(part)
  }
  return parts.join('/')
}

function ownImport(path: string, target: string, sources: Sources, house: House): string[] {
  const found: string[] = []
  const [from, to] = [folderOf(path), folderOf(target)]
  if (!sources.has(target)) return [`${path}: imports ${target}, which is not there`]
  const door = house.doors[target]
  if (door !== undefined && !door.test(path)) found.push(`${path}: imports ${target}, which only ${door} may`)
  const allowed = house.law[from]
  if (allowed === undefined) return [...found, `${path}: the law knows no folder ${from}`]
  if (from !== to && !allowed.includes(to) && !allowed.includes('*'))
    found.push(`${path}: ${from} may not import ${to} (${target})`)
  const [step, other] = [stepOf(path, house), stepOf(target, house)]
  if (other !== undefined && step !== undefined && step !== other)
    found.push(`${path}: step ${step} imports step ${other}`)
  if (other !== undefined && step === undefined && !house.stepUsers.test(path))
    found.push(`${path}: imports the step ${other}`)
  return found
}

const stepOf = (path: string, house: House): string | undefined =>
  house.steps.find(step => path.startsWith(`route/${step}/`))

function foreignImport(path: string, target: string, house: House): string[] {
  const folder = folderOf(path)
  if (target.startsWith('node:')) {
    return house.pure.includes(folder) ? [`${path}: imports ${target} in a pure folder`] : []
  }
  const name = target
    .split('/')
    .slice(0, target.startsWith('@') ? 2 : 1)
    .join('/')
  if (house.pure.includes(folder)) return [`${path}: imports the package ${name} in a pure folder`]
  const keeper = house.keepers[name]
  if (keeper === undefined) return [`${path}: imports ${name}, which is no dependency that the law knows`]
  return keeper.test(path) ? [] : [`${path}: imports ${name}, which only ${keeper} may`]
}

const GLOBALS = [
  'Buffer',
  'process',
  'setTimeout',
  'setInterval',
  'setImmediate',
  'performance',
  'crypto',
  'fetch',
  '__dirname',
  'require',
]
const MEMBERS = ['Date.now', 'Math.random']

/** Uses of the clock, of randomness and of the host. A property or a declaration of the same name is none. */
function impurities(file: ts.SourceFile): string[] {
  const found = new Set<string>()
  const visit = (node: ts.Node): void => {
    if (ts.isPropertyAccessExpression(node) && MEMBERS.includes(node.getText(file))) found.add(node.getText(file))
    if (ts.isNewExpression(node) && node.expression.getText(file) === 'Date' && (node.arguments?.length ?? 0) === 0)
      found.add('new Date()')
    if (ts.isPropertyAccessExpression(node) && node.expression.getText(file) === 'globalThis')
      found.add(node.getText(file))
    if (ts.isIdentifier(node) && GLOBALS.includes(node.text) && isUse(node)) found.add(node.text)
    ts.forEachChild(node, visit)
  }
  visit(file)
  return [...found]
}

function isUse(name: ts.Identifier): boolean {
  const { parent } = name
  if (ts.isPropertyAccessExpression(parent) || ts.isQualifiedName(parent))
    return (ts.isPropertyAccessExpression(parent) ? parent.expression : parent.left) === name
  return !('name' in parent && parent.name === name) && !ts.isImportSpecifier(parent)
}

/** Every import cycle once, as the path around it. */
function cycles(graph: ReadonlyMap<string, readonly string[]>): string[] {
  const found: string[] = []
  const done = new Set<string>()
  const trail: string[] = []
  const walk = (path: string): void => {
    const at = trail.indexOf(path)
    if (at >= 0) {
      found.push(`import cycle: ${[...trail.slice(at), path].join(' -> ')}`)
      return
    }
    if (done.has(path)) return
    trail.push(path)
    for (const target of graph.get(path) ?? []) walk(target)
    trail.pop()
    done.add(path)
  }
  for (const path of graph.keys()) walk(path)
  return found
}
