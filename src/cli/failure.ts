/** A command cannot do what it was asked; the message says why and what to do next. */
export class Failure extends Error {
  /** 1: the thing asked about is wrong; 2: the command was used wrongly. */
  readonly exitCode: 1 | 2
  constructor(message: string, exitCode: 1 | 2 = 1) {
    super(message)
    this.name = 'Failure'
    this.exitCode = exitCode
  }
}
