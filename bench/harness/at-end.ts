/** What a bench has to put back, last first, however it ends: by itself, by an error, by Ctrl-C. */
const undone: (() => void)[] = []

/** Has `undo`, which must not wait for anything, run at the end of the process, or as soon as the returned function is called. */
export function atEnd(undo: () => void): () => void {
  if (undone.length === 0) watch()
  undone.push(undo)
  return () => {
    const index = undone.indexOf(undo)
    if (index < 0) return
    undone.splice(index, 1)
    undo()
  }
}

let watching = false

function watch(): void {
  if (watching) return
  watching = true
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(130))
  process.on('exit', () => {
    while (undone.length > 0) attempt(undone.pop()!)
  })
}

/** One thing that cannot be undone does not keep the others from it. */
function attempt(undo: () => void): void {
  try {
    undo()
  } catch (error) {
    console.error(String(error))
  }
}
