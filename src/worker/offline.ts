import { ArenaWriter } from '../base/arena.ts'
