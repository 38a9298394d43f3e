import { testConformance } from './conformance.ts'

testConformance('knotd')
