/** Style sheet of the page of `simulate`. */
export const STYLE = `
:root { --ink: #1c2430; --soft: #5c6878; --paper: #f6f7f9; --sheet: #fff; --rule: #e1e5ea;
  --served: #1d63d8; --oracle: #128a4e; --within: #6fae3c; --geo: #9aa3af; --warn: #b97800; --bad: #c9302c; --violet: #7a4fd0; --teal: #0f8c9c; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6eaf0; --soft: #97a3b4; --paper: #10141a; --sheet: #181e26; --rule: #2a323d;
    --served: #6aa3ff; --oracle: #3ecf86; --within: #a3d468; --geo: #7c8796; --warn: #f0b445; --bad: #ff6b63; --violet: #b294ff; --teal: #4cc9d9; }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 15px/1.5 system-ui, sans-serif; font-variant-numeric: tabular-nums; }
main { max-width: 1180px; margin: 0 auto; padding: 32px 20px 56px; }
h1 { font-size: 26px; line-height: 1.2; margin: 0 0 8px; overflow-wrap: anywhere; }
h2 { font-size: 20px; margin: 40px 0 14px; }
h3 { font-size: 16px; margin: 26px 0 6px; }
header p { margin: 0; color: var(--soft); max-width: 80ch; }
header .over { text-transform: uppercase; letter-spacing: .08em; font-size: 12px; }
.events { list-style: none; margin: 14px 0 0; padding: 0; }
.events li { padding: 2px 0; }
.events time { display: inline-block; min-width: 6.5em; color: var(--soft); }
.cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(145px, 1fr)); gap: 12px; }
.card, figure, table { background: var(--sheet); border: 1px solid var(--rule); border-radius: 10px; }
.card { padding: 12px 14px; display: flex; flex-direction: column; }
.card span { color: var(--soft); font-size: 13px; }
.card strong { font-size: 22px; line-height: 1.3; white-space: nowrap; }
.card small { color: var(--soft); font-size: 12.5px; line-height: 1.35; }
.card.warn strong, .warn figcaption b { color: var(--warn); }
.card.bad strong, .bad figcaption b { color: var(--bad); }
.pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 460px), 1fr)); gap: 14px; margin-top: 14px; align-items: start; }
.grid-of-plots { display: grid; grid-template-columns: repeat(auto-fill, minmax(270px, 1fr)); gap: 12px; }
figure { margin: 0; padding: 12px 14px; }
figcaption { display: flex; flex-wrap: wrap; gap: 0 8px; align-items: baseline; margin-bottom: 6px; }
figcaption span { color: var(--soft); font-size: 12.5px; }
section > figure { margin-top: 14px; }
section > figure svg { max-width: 780px; }
table { border-collapse: separate; border-spacing: 0; width: 100%; overflow: hidden; }
th, td { text-align: right; padding: 7px 12px; border-bottom: 1px solid var(--rule); font-weight: 400; }
thead th { color: var(--soft); font-size: 13px; }
th:first-child { text-align: left; font-weight: 600; }
tbody tr:last-child > * { border-bottom: 0; }
svg { display: block; width: 100%; height: auto; }
svg text { fill: var(--soft); font-size: 11px; }
.small svg text { font-size: 10.5px; }
.grid { stroke: var(--rule); stroke-width: 1; }
.curve { fill: none; stroke-width: 1.8; stroke-linejoin: round; }
.area { fill: var(--served); opacity: .13; }
.bar { fill: var(--served); }
.target { stroke: var(--warn); stroke-width: 1; stroke-dasharray: 4 3; }
.capacity { stroke: var(--bad); stroke-width: 1.2; }
.mark { stroke: var(--soft); stroke-width: 1; stroke-dasharray: 1 3; }
.served, .load { stroke: var(--served); color: var(--served); }
.oracle { stroke: var(--oracle); color: var(--oracle); }
.within { stroke: var(--within); color: var(--within); }
path.within { stroke-dasharray: 5 3; }
.geo, .sixth { stroke: var(--geo); color: var(--geo); }
.second { stroke: var(--violet); color: var(--violet); }
.third { stroke: var(--warn); color: var(--warn); }
.fourth { stroke: var(--teal); color: var(--teal); }
.fifth { stroke: var(--bad); color: var(--bad); }
.legend { margin: 8px 0 6px; display: flex; flex-wrap: wrap; gap: 4px 18px; font-size: 13px; }
.legend span::before { content: ""; display: inline-block; width: 18px; border-top: 3px solid currentColor; margin-right: 7px; vertical-align: middle; }
.legend .target { color: var(--warn); } .legend .capacity { color: var(--bad); } .legend .mark { color: var(--soft); }
`
