/** Ten regions between which the Internet's paths are alike: how straight the cables run decides more than the distance. */
export const REGIONS = ['NA', 'CA', 'SA', 'EU', 'ME', 'AF', 'SS', 'EA', 'CN', 'OC'] as const
type Region = (typeof REGIONS)[number]

const COUNTRIES: Readonly<Record<Region, string>> = {
  NA: 'US CA MX GL BM PM',
  CA: 'GT BZ SV HN NI CR PA CU DO HT JM PR BS BB TT AG DM GD KN LC VC AI VG VI KY TC MS GP MQ BL MF SX AW CW BQ',
  SA: 'AR BO BR CL CO EC FK GF GY PE PY SR UY VE GS',
  EU: 'AL AD AT AX BY BE BA BG HR CZ DK EE FO FI FR DE GI GR GG HU IS IE IM IT JE XK LV LI LT LU MT MD MC ME NL MK NO PL PT RO RU SM RS SK SI ES SJ SE CH UA GB VA',
  ME: 'AE BH IQ IR IL JO KW LB OM PS QA SA SY YE TR CY AM AZ GE DZ EG LY MA TN EH',
  AF: 'AO BJ BW BF BI CM CV CF TD KM CG CD CI DJ GQ ER ET GA GM GH GN GW KE LS LR MG MW ML MR MU YT MZ NA NE NG RE RW SH ST SN SC SL SO ZA SS SD SZ TZ TG UG ZM ZW',
  SS: 'IN PK BD LK NP BT MV AF',
  CN: 'CN MN KZ KG TJ TM UZ',
  EA: 'JP KR KP TW HK MO VN LA KH TH MM MY SG ID PH BN TL',
  OC: 'AU NZ FJ PG SB VU NC PF WS TO TV KI NR FM MH PW GU MP AS CK NU TK WF PN NF CX CC UM',
}

/** Where the country is not known the continent says it, except in Asia, which is five regions. */
const CONTINENTS: Readonly<Record<string, Region>> = { EU: 'EU', NA: 'NA', SA: 'SA', AF: 'AF', OC: 'OC' }

/** A place whose region nobody knows. */
export const NO_REGION = REGIONS.length

const REGION_OF = new Map<string, number>(
  REGIONS.flatMap((region, index) => COUNTRIES[region].split(' ').map(country => [country, index] as const)),
)

/** Index of the region, or NO_REGION. Country as ISO 3166-1 alpha-2, continent as AF AN AS EU NA OC SA. */
export function regionOf(country: string | undefined, continent?: string): number {
  const known = country === undefined ? undefined : REGION_OF.get(country)
  if (known !== undefined) return known
  const region = continent === undefined ? undefined : CONTINENTS[continent]
  return region === undefined ? NO_REGION : REGIONS.indexOf(region)
}

/** Numbers that {@link countryNumber} gives: 0 .. 676. */
export const COUNTRY_NUMBERS = 26 * 26 + 1

/** AA is 1, ZZ 676; 0 for no country, and for what is no such code. */
export function countryNumber(country: string | undefined): number {
  if (country === undefined || country.length !== 2) return 0
  const first = country.charCodeAt(0) - 65
  const second = country.charCodeAt(1) - 65
  return first >= 0 && first < 26 && second >= 0 && second < 26 ? 1 + first * 26 + second : 0
}
