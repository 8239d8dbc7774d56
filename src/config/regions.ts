/** Every region with a numbering plan of its own: ISO 3166 alpha-2, and AC, TA, XK beside it. */
const regionText = `
AC AD AE AF AG AI AL AM AO AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS
BT BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG
EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GT GU GW GY HK HN HR HT
HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR
LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF
NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD
SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TA TC TD TG TH TJ TK TL TM TN TO TR TT TV TW
TZ UA UG US UY UZ VA VC VE VG VI VN VU WF WS XK YE YT ZA ZM ZW`

/** The world-wide calling codes (satellite, freephone, premium) belong to no country. */
const worldRegion = '001'

/** All of them, `001` last. */
export const regions: readonly string[] = [...regionText.trim().split(/\s+/), worldRegion]

const known = new Set(regions)

/** Where numbers tell in which part of their country they may be: its parts, ISO 3166-2 without the country. */
const partsText: Readonly<Record<string, string>> = {
  US: `AL AK AZ AR CA CO CT DE DC FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM NY NC ND
    OH OK OR PA RI SC SD TN TX UT VT VA WA WV WI WY`,
  CA: 'AB BC MB NB NL NT NS NU ON PE QC SK YT',
}
const parts = new Map(
  Object.entries(partsText).map(([region, text]) => [region, new Set(text.split(/\s+/))]),
)

/** Whether a number of the region may be in that part of it, as far as any number of it can tell. */
export function mayBeIn(region: string, subdivision: string): boolean {
  return parts.get(region)?.has(subdivision) ?? true
}

/** Whether numbers of such a region exist. */
export function isRegion(name: string): boolean {
  return known.has(name)
}
