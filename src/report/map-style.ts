/** How the map looks: on a phone, on a desk, by day and by night, and on paper. */

export const MAP_STYLE = `
:root {
  color-scheme: light dark;
  --page: #f6f6f3; --card: #ffffff; --line: #d9dad4; --field: #8a8c84;
  --text: #1d2024; --quiet: #595e66; --accent: #0a58a8; --code: #f1f1ec;
  --aws: #8a4b00; --vault: #5b3aa8; --wide: #9c2020;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #131518; --card: #1b1e23; --line: #33373e; --field: #7b828c;
    --text: #e7e9ec; --quiet: #a7aeb8; --accent: #8ebcff; --code: #252930;
    --aws: #f2b266; --vault: #c3aefc; --wide: #ff9d94;
  }
}
* { box-sizing: border-box; }
[hidden] { display: none !important; }
body {
  margin: 0; background: var(--page); color: var(--text);
  font: 1rem/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif;
}
a { color: var(--accent); }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
.skip { position: absolute; left: -999px; }
.skip:focus { left: 1rem; top: .5rem; background: var(--card); padding: .5rem 1rem; z-index: 2; }
header, main, footer { max-width: 72rem; margin: 0 auto; padding: 0 1.25rem; }
header { padding-top: 2.5rem; }
h1 { font-size: 1.75rem; line-height: 1.2; letter-spacing: -.015em; margin: 0; font-weight: 650; }
header p { margin: .35rem 0 0; color: var(--quiet); }
.filters {
  display: grid; gap: .75rem; grid-template-columns: minmax(14rem, 2fr) repeat(4, minmax(7rem, 1fr));
  margin: 1.75rem 0 .75rem;
}
.filters label { display: block; font-size: .8125rem; color: var(--quiet); margin-bottom: .25rem; }
.filters input, .filters select {
  width: 100%; min-height: 2.75rem; padding: .5rem .75rem; font: inherit; color: var(--text);
  background: var(--card); border: 1px solid var(--field); border-radius: .5rem;
}
.count { margin: 0 0 1rem; color: var(--quiet); font-size: .875rem; min-height: 1.3rem; }
article {
  background: var(--card); border: 1px solid var(--line); border-radius: .75rem;
  padding: 1.25rem 1.5rem 1.5rem; margin: 0 0 1rem;
}
.title { display: flex; flex-wrap: wrap; align-items: center; gap: .35rem .5rem; margin: 0 0 1rem; }
h2 { font-size: 1.1875rem; line-height: 1.3; margin: 0; font-weight: 650; overflow-wrap: anywhere; }
.tag {
  padding: 0 .5rem; border: 1px solid var(--line); border-radius: 1rem;
  font-size: .75rem; line-height: 1.35rem; font-weight: 500; color: var(--quiet);
}
.tag.wide { color: var(--wide); border-color: currentColor; }
.path { display: grid; grid-template-columns: minmax(0, 5fr) minmax(0, 4fr) minmax(0, 5fr); column-gap: 2.75rem; row-gap: 1.25rem; }
.who { grid-row: 1 / span 2; }
.target { display: contents; }
.step { position: relative; min-width: 0; }
.step::before { content: "\\2192"; position: absolute; left: -2.1rem; top: 1.15rem; color: var(--quiet); font-size: 1.125rem; }
h3 { margin: 0; font-size: .8125rem; line-height: 1.4; font-weight: 600; color: var(--quiet); }
h3.aws { color: var(--aws); }
h3.vault { color: var(--vault); }
.name { margin: .1rem 0 .35rem; font-weight: 600; font-size: .9688rem; overflow-wrap: anywhere; }
.or { margin: .75rem 0; color: var(--quiet); font-size: .875rem; }
ul, dl { margin: .35rem 0 0; padding: 0; list-style: none; font-size: .9375rem; }
li, dd { overflow-wrap: anywhere; }
li { margin: .2rem 0; }
dl > div { display: flex; flex-wrap: wrap; align-items: baseline; column-gap: .6rem; margin: .25rem 0; }
dt { color: var(--quiet); font-size: .875rem; }
dd { margin: 0; min-width: 0; }
.quiet { color: var(--quiet); font-size: .875rem; margin: .35rem 0 0; overflow-wrap: anywhere; }
code { font: .875em/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; background: var(--code); border-radius: .25rem; padding: .1em .3em; -webkit-box-decoration-break: clone; box-decoration-break: clone; }
.none { text-align: center; color: var(--quiet); padding: 3rem 1rem; }
footer { padding-top: .5rem; padding-bottom: 2.5rem; color: var(--quiet); font-size: .8125rem; }
@media (max-width: 60rem) { .filters { grid-template-columns: repeat(4, minmax(0, 1fr)); } .filters > :first-child { grid-column: 1 / -1; } }
@media (max-width: 44rem) {
  header, main, footer { padding-left: 1rem; padding-right: 1rem; }
  header { padding-top: 1.5rem; }
  .filters { grid-template-columns: repeat(2, minmax(0, 1fr)); }
  article { padding: 1rem 1rem 1.25rem; }
  .path { display: block; }
  .step { margin-top: 2rem; }
  .step::before { content: "\\2193"; left: 0; top: -1.85rem; }
  .target + .target > .step:first-child::before { content: "and"; font-size: .875rem; top: -1.7rem; }
}
@media print {
  :root { color-scheme: light; --page: #fff; --card: #fff; --line: #bbb; --text: #000; --quiet: #444; --code: #fff; --accent: #000; --aws: #5c3200; --vault: #3d2475; --wide: #7a1010; }
  body { font-size: 10pt; }
  header { padding-top: 0; }
  .filters, .skip { display: none; }
  article { break-inside: avoid; border-radius: 0; padding: .75rem 1rem; }
  .path { display: grid; }
  .step { margin-top: 0; }
  .step::before, .target + .target > .step:first-child::before { content: "\\2192"; left: -2.1rem; top: 1.15rem; font-size: 1.125rem; }
}
@media (prefers-reduced-motion: no-preference) { html { scroll-behavior: smooth; } }
`;
