import { testConformance } from './conformance.ts'

testConformance('nsd')
