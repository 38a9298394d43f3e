import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import ts from 'typescript'

/** One sentence of the program, with `<>` where a value stands. */
export interface Sentence {
  readonly file: string
  readonly text: string
}

/** What the program can write into the log as a warning or an error, and say as an alarm. */
export interface Sentences {
  readonly said: readonly Sentence[]
  /** Calls of the log whose sentence comes from elsewhere: the file, and the expressions that are told. */
  readonly relays: readonly string[]
}

/** Where sentences of relays are made: file, and the functions, methods or constants whose texts they are. */
export type Wells = Readonly<Record<string, readonly string[]>>

const SRC = join(import.meta.dirname, '../../src')

/**
 * The rule: the second argument of every call of `log` (a function, a method, a private field) whose first may be 'warn' or 'error'; whatever
 * stands in a declaration called `alarms` or `...Alarms`; and the declarations that `wells` names. A name that stands for a constant of the
 * same file is followed. A text counts as a sentence when it has a word and a blank.
 */
export function sentencesOf(wells: Wells): Sentences {
  const said: Sentence[] = []
  const relays: string[] = []
  for (const path of readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter(name => name.endsWith('.ts'))) {
    const tree = ts.createSourceFile(path, readFileSync(join(SRC, path), 'utf8'), ts.ScriptTarget.Latest, true)
    const file = relative(SRC, join(SRC, path))
    const wanted = wells[file] ?? []
    const take = (node: ts.Node): number => {
      const texts = textsIn(node, tree)
      said.push(...texts.map(text => ({ file, text })))
      return texts.length
    }
    visit(tree, node => {
      if (ts.isCallExpression(node) && isWarning(node)) {
        const sentence = warnedOf(node)
        if (take(sentence) === 0) relays.push(`${file}: ${valuesOf(sentence)}`)
      }
      const name = nameOf(node)
      if (name !== null && (/^alarms(Of)?$|Alarms$/.test(name) || wanted.includes(name))) take(node)
    })
  }
  const known = new Set<string>()
  return {
    said: said.filter(({ file, text }) => !known.has(`${file} ${text}`) && known.add(`${file} ${text}`)),
    relays,
  }
}

/** The same form for a sentence of the page and one of the program: values that follow one another are one. */
export const normal = (sentence: string): string =>
  sentence
    .replace(/<[^<>]*>/g, '<>')
    .replace(/<>(?:[ ,]*<>)+/g, '<>')
    .trim()

function visit(node: ts.Node, see: (node: ts.Node) => void): void {
  see(node)
  ts.forEachChild(node, child => visit(child, see))
}

function isWarning({ expression, arguments: given }: ts.CallExpression): boolean {
  const callee = ts.isPropertyAccessExpression(expression) ? expression.name.text : expression.getText()
  if (!/^#?log$/.test(callee) || given.length < 2) return false
  return /'(warn|error)'/.test(given[0]!.getText())
}

const valuesOf = (sentence: ts.Node): string =>
  ts.isTemplateExpression(sentence)
    ? sentence.templateSpans.map(({ expression }) => expression.getText()).join(' ')
    : sentence.getText()

/** The sentence of a call; of two for two levels the one that warns. */
function warnedOf({ arguments: [level, sentence] }: ts.CallExpression): ts.Node {
  if (!ts.isConditionalExpression(level!) || !ts.isConditionalExpression(sentence!)) return sentence!
  return /'(warn|error)'/.test(level.whenTrue.getText()) ? sentence.whenTrue : sentence.whenFalse
}

/** What a declaration, an assignment or a call is called: `alarms`, `trouble` of `this.trouble = ...`, `shortfalls` of `shortfalls.push(...)`. */
function nameOf(node: ts.Node): string | null {
  if (ts.isCallExpression(node)) {
    const callee = node.expression.getText().replace(/\.push$/, '')
    return callee.split('.').at(-1)!
  }
  if (ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.EqualsToken)
    return node.left.getText().split('.').at(-1)!
  const isNamed =
    ts.isFunctionDeclaration(node) ||
    ts.isMethodDeclaration(node) ||
    ts.isGetAccessorDeclaration(node) ||
    ts.isVariableDeclaration(node) ||
    ts.isPropertyAssignment(node)
  return isNamed && node.name !== undefined ? node.name.getText() : null
}

/** The sentences of an expression or a declaration; of `String(x)` and the like there are none. */
function textsIn(root: ts.Node, tree: ts.SourceFile): string[] {
  const texts: string[] = []
  // What begins with a blank is the tail of another text; what has no word says nothing by itself.
  const add = (text: string): void => {
    if (!text.startsWith(' ') && text.includes(' ') && /[a-z]/.test(text.replaceAll('<>', ''))) texts.push(normal(text))
  }
  const walk = (node: ts.Node): void => {
    if (ts.isStringLiteralLike(node)) add(node.text)
    else if (ts.isTemplateExpression(node))
      add(node.head.text + node.templateSpans.map(({ literal }) => `<>${literal.text}`).join(''))
    else if (ts.isIdentifier(node) && !ts.isPropertyAccessExpression(node.parent)) {
      const value = constantOf(node.text, tree)
      if (value !== null && value !== root && !contains(root, value)) walk(value)
    } else ts.forEachChild(node, walk)
  }
  walk(root)
  return texts
}

const contains = (outer: ts.Node, inner: ts.Node): boolean =>
  outer.getSourceFile() === inner.getSourceFile() && outer.pos <= inner.pos && inner.end <= outer.end

/** The text that a name of this file stands for. */
function constantOf(name: string, tree: ts.SourceFile): ts.Node | null {
  let found: ts.Node | null = null
  visit(tree, node => {
    if (!ts.isVariableDeclaration(node) || node.name.getText(tree) !== name || node.initializer === undefined) return
    const { initializer } = node
    if (ts.isStringLiteralLike(initializer) || ts.isTemplateExpression(initializer)) found = initializer
  })
  return found
}
