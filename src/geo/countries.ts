import type { Point } from '../base/earth.ts'

/** Where a country's people are, roughly: its centre of population, or its chief city. */
export interface CountryPoint extends Point {
  readonly continent: string
}

/**
 * ISO 3166-1 codes (and XK, in common use for Kosovo) with degrees north and east, by the continent codes that databases use.
 * For a client of whom only the country is known this beats the middle of the map: nobody lives in the middle of Canada or Egypt.
 */
const BY_CONTINENT: Readonly<Record<string, string>> = {
  AF: `DZ 36.5 3.1, AO -9.0 13.5, BJ 6.5 2.5, BW -24.3 25.9, BF 12.3 -1.6, BI -3.4 29.7, CV 15.0 -23.6, CM 4.6 10.8, CF 4.5 18.5,
    TD 12.0 15.2, KM -11.8 43.4, CG -4.2 14.9, CD -4.2 17.5, CI 5.7 -4.4, DJ 11.6 43.1, EG 30.2 31.2, GQ 2.8 9.6, ER 15.3 38.9,
    SZ -26.4 31.3, ET 8.9 38.9, GA 0.3 9.6, GM 13.4 -16.6, GH 5.9 -0.6, GN 9.9 -13.2, GW 11.9 -15.5, KE -1.0 36.9, LS -29.4 27.7,
    LR 6.4 -10.7, LY 32.6 14.0, MG -19.0 47.3, MW -14.5 34.6, ML 12.8 -7.7, MR 18.0 -15.8, MU -20.2 57.5, YT -12.8 45.2, MA 33.6 -7.2,
    MZ -24.0 33.3, NA -22.0 16.9, NE 13.5 3.2, NG 7.5 4.8, RE -21.1 55.5, RW -1.9 30.1, SH -15.9 -5.7, ST 0.3 6.7, SN 14.7 -17.0,
    SC -4.6 55.5, SL 8.4 -12.9, SO 2.6 45.4, ZA -27.0 28.2, SS 4.9 31.6, SD 15.3 32.6, TZ -6.4 37.9, TG 6.4 1.3, TN 36.3 10.2,
    UG 0.4 32.6, EH 27.1 -13.2, ZM -14.0 28.2, ZW -18.2 30.6, IO -7.3 72.4`,
  AN: 'AQ -77.8 166.7, BV -54.4 3.4, GS -54.3 -36.5, HM -53.1 73.5, TF -49.4 70.2',
  AS: `AF 34.5 69.0, AM 40.2 44.5, AZ 40.4 49.6, BH 26.2 50.6, BD 23.7 90.4, BT 27.4 89.7, BN 4.9 114.9, KH 11.7 104.8, CN 32.9 113.6,
    CX -10.4 105.7, CC -12.2 96.8, GE 41.8 44.6, HK 22.3 114.2, IN 23.0 79.0, ID -6.7 108.5, IR 35.2 51.1, IQ 33.2 44.3, IL 32.0 34.9,
    JP 35.5 138.3, JO 32.0 35.9, KZ 46.5 72.5, KW 29.3 48.0, KG 42.7 74.5, LA 18.0 102.7, LB 33.9 35.6, MO 22.2 113.5, MY 3.2 101.8,
    MV 4.2 73.5, MN 47.9 106.9, MM 17.9 96.2, NP 27.6 85.3, KP 39.1 125.8, OM 23.4 58.2, PK 31.2 72.5, PS 31.8 35.1, PH 14.3 121.2,
    QA 25.3 51.5, SA 24.5 45.0, SG 1.3 103.8, KR 37.0 127.2, LK 7.0 80.0, SY 34.8 36.8, TW 24.6 121.1, TJ 38.5 68.8, TH 13.9 100.7,
    TL -8.6 125.6, TR 39.7 31.5, TM 38.0 58.4, AE 25.1 55.2, UZ 41.1 69.0, VN 16.0 106.6, YE 14.9 44.4`,
  EU: `AX 60.1 19.9, AL 41.2 19.8, AD 42.5 1.5, AT 48.0 15.4, BY 53.8 27.6, BE 50.9 4.4, BA 44.2 18.0, BG 42.7 24.3, HR 45.6 16.0,
    CY 35.0 33.2, CZ 49.8 15.1, DK 55.7 11.6, EE 59.2 25.0, FO 62.0 -6.8, FI 61.0 24.8, FR 47.6 2.5, DE 50.8 9.4, GI 36.1 -5.4,
    GR 38.3 23.4, GG 49.5 -2.5, VA 41.9 12.5, HU 47.4 19.1, IS 64.1 -21.9, IE 53.2 -6.8, IM 54.2 -4.5, IT 43.3 11.5, JE 49.2 -2.1,
    XK 42.6 21.1, LV 56.9 24.2, LI 47.1 9.5, LT 55.0 24.5, LU 49.6 6.1, MT 35.9 14.4, MD 47.0 28.7, MC 43.7 7.4, ME 42.4 19.2,
    NL 52.1 5.0, MK 42.0 21.4, NO 60.2 10.4, PL 51.7 19.4, PT 39.6 -8.7, RO 45.2 25.6, RU 55.2 42.0, SM 43.9 12.5, RS 44.5 20.6,
    SK 48.5 18.9, SI 46.1 14.7, ES 39.9 -3.3, SJ 78.2 15.6, SE 58.8 16.0, CH 47.2 8.1, UA 49.3 31.2, GB 52.5 -1.4`,
  NA: `AI 18.2 -63.1, AG 17.1 -61.8, AW 12.5 -70.0, BS 25.0 -77.4, BB 13.1 -59.6, BZ 17.4 -88.5, BM 32.3 -64.8, BQ 12.2 -68.3,
    CA 45.5 -78.5, KY 19.3 -81.4, CR 9.9 -84.1, CU 22.8 -81.5, CW 12.1 -68.9, DM 15.3 -61.4, DO 18.6 -70.1, SV 13.7 -89.2, GL 64.2 -51.7,
    GD 12.1 -61.7, GP 16.2 -61.5, GT 14.7 -90.6, HT 18.6 -72.4, HN 14.5 -87.3, JM 18.0 -76.8, MQ 14.6 -61.0, MX 19.9 -99.6,
    MS 16.7 -62.2, NI 12.2 -86.2, PA 9.0 -79.6, PR 18.4 -66.1, BL 17.9 -62.8, KN 17.3 -62.7, LC 14.0 -61.0, MF 18.1 -63.1,
    PM 46.8 -56.2, VC 13.2 -61.2, SX 18.0 -63.1, TT 10.6 -61.4, TC 21.8 -72.2, US 38.5 -92.5, VG 18.4 -64.6, VI 18.3 -64.9`,
  OC: `AS -14.3 -170.7, AU -33.9 147.2, CK -21.2 -159.8, FJ -18.0 178.2, PF -17.6 -149.5, GU 13.5 144.8, KI 1.4 173.0, MH 7.1 171.3,
    FM 6.9 158.2, NR -0.5 166.9, NC -22.2 166.4, NZ -38.6 175.6, NU -19.1 -169.9, NF -29.0 168.0, MP 15.2 145.7, PW 7.4 134.5,
    PG -6.6 146.0, PN -25.1 -130.1, WS -13.8 -171.8, SB -9.4 160.0, TK -9.2 -171.8, TO -21.2 -175.2, TV -8.5 179.2, UM 19.3 166.6,
    VU -17.0 168.0, WF -13.3 -176.2`,
  SA: `AR -34.0 -60.2, BO -17.2 -65.8, BR -20.5 -46.0, CL -33.7 -70.9, CO 5.3 -74.7, EC -1.3 -79.3, FK -51.7 -57.9, GF 4.9 -52.4,
    GY 6.7 -58.1, PY -25.3 -57.0, PE -11.1 -76.4, SR 5.8 -55.2, UY -34.5 -56.1, VE 10.0 -67.3`,
}

export const COUNTRIES: Readonly<Record<string, CountryPoint>> = Object.fromEntries(
  Object.entries(BY_CONTINENT).flatMap(([continent, list]) =>
    list.split(',').map(entry => {
      const [code, lat, lon] = entry.trim().split(' ') as [string, string, string]
      return [code, { lat: Number(lat), lon: Number(lon), continent }]
    }),
  ),
)

/** The same for a record that names nothing but a continent. */
export const CONTINENTS: Readonly<Record<string, Point>> = {
  AF: { lat: 5, lon: 20 },
  AN: { lat: -77.8, lon: 166.7 },
  AS: { lat: 28, lon: 95 },
  EU: { lat: 50, lon: 14 },
  NA: { lat: 37, lon: -93 },
  OC: { lat: -31, lon: 150 },
  SA: { lat: -17, lon: -54 },
}
