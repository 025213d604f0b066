// How a report looks, in the colours and fonts of the page of core/inspect: wide, on a phone, printed, light and dark.
#pragma once

#include <string_view>

namespace reel::apps {

/// A unit of a chart is a pixel and a third on a wide page and less than one on a phone: hence two font sizes.
inline constexpr std::string_view kReportStyle = R"css(
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 15px/1.55 var(--sans); overflow-wrap: anywhere; }
h1, h2, p, figure, dl, dd { margin: 0; }
header, main { max-width: 1360px; margin: 0 auto; padding: 0 var(--gap); }
header { display: flex; flex-wrap: wrap; align-items: baseline; gap: 0.1rem 1rem; padding-top: 1.1rem; }
.brand { font-weight: 700; color: var(--accent); letter-spacing: 0.02em; }
h1 { font-size: 1.25rem; font-weight: 650; }
h2 { font-size: 1.05rem; font-weight: 650; letter-spacing: -0.005em; margin-bottom: 0.75rem; }
main { display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); gap: var(--gap); padding-block: var(--gap); }
.panel {
  background: var(--panel); border: 1px solid var(--line); border-radius: 12px; padding: 1.1rem 1.25rem 1.25rem;
  min-width: 0;
}
.whole { grid-column: 1 / -1; }
p { max-width: 76ch; }
p, figcaption, small { color: var(--muted); }
.panel p { font-size: 0.88rem; margin-bottom: 0.75rem; }
a { color: var(--accent); text-decoration-thickness: 1px; text-underline-offset: 0.18em; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; border-radius: 4px; }
.scroll { overflow-x: auto; max-width: 100%; }
.unseen { position: absolute; clip-path: inset(50%); width: 1px; height: 1px; overflow: hidden; }

/* The run. */
.panel .score { font-size: 1rem; margin-bottom: 0.9rem; }
.score b { font-size: 2.4rem; line-height: 1.1; font-weight: 650; letter-spacing: -0.02em; color: var(--accent); }
.facts { display: grid; grid-template-columns: repeat(auto-fill, minmax(11.5rem, 1fr)); gap: 0.6rem 1.75rem; }
.facts dt { font-size: 0.8rem; color: var(--muted); }
.facts dd { font-family: var(--mono); font-size: 0.88rem; }

/* Charts. */
svg { width: 100%; height: auto; display: block; }
svg text { font-size: 9.5px; fill: var(--muted); }
svg .y { text-anchor: end; }
.grid { stroke: var(--line); }
.series-0 { --series: var(--accent); }
.series-1 { --series: var(--neg); }
.series-2 { --series: var(--good); }
.series-3 { --series: var(--pos); }
polyline { fill: none; stroke: var(--series); stroke-width: 1.75px; }
.grid, polyline, .at line { vector-effect: non-scaling-stroke; }
.chart path { fill: var(--series); }
.chart + p { margin-top: 0.6rem; }
.chart figcaption { font-size: 0.86rem; margin-bottom: 0.3rem; }
.legend { display: flex; flex-wrap: wrap; gap: 0 1rem; color: var(--ink); }
.key { white-space: nowrap; }
.key svg { display: inline-block; width: 32px; height: 12px; }
.at rect, .hint { fill: transparent; }
.at line { stroke: var(--muted); stroke-dasharray: 2 2; }
.at text { fill: var(--ink); font-weight: 600; }
.at tspan { fill: var(--series); }
.at line, .at text { visibility: hidden; }
.at:hover :is(line, text), svg:not(:hover) .on :is(line, text) { visibility: visible; }

/* Tables. */
table { overflow-wrap: normal; border-collapse: collapse; font-size: 0.86rem; font-variant-numeric: tabular-nums; width: 100%; }
th { font-weight: 500; color: var(--muted); vertical-align: bottom; }
td, th { padding: 0.2rem 0.6rem; text-align: right; }
thead th { border-bottom: 1px solid var(--line); }
tfoot td { border-top: 1px solid var(--line); font-weight: 650; }
.name { text-align: left; }
td:first-child, th:first-child { padding-left: 0; }
.bar {
  display: inline-block; height: 0.6rem; border-radius: 3px; background: var(--neg); margin-right: 0.5rem;
  width: calc(var(--m) * 45%); min-width: 1px;
}
.rest { text-align: left; width: 27%; white-space: nowrap; }
.matrix { table-layout: fixed; }
.matrix td { border: 1px solid var(--line); padding: 0.3rem 0.1rem; text-align: center; }
.matrix thead th { padding: 0.2rem 0; text-align: center; border: 0; }
.matrix .right { background: color-mix(in srgb, var(--accent) calc(var(--m) * 45%), transparent); }
.matrix .wrong { background: color-mix(in srgb, var(--neg) calc(var(--m) * 90%), transparent); }
.upright { writing-mode: vertical-rl; transform: rotate(180deg); }
.layers td:not(.name) { white-space: nowrap; }
.profile .bar { background: var(--accent); width: calc(var(--m) * 100%); }
.ranges th:not(.name) { text-align: center; }
.ranges td:not(.name) { width: 27%; }
.ranges svg text { font-size: 13px; }
.ranges polygon { fill: var(--accent); }
.ranges .all { fill-opacity: 0.25; }
.ranges .most { fill-opacity: 0.6; }

/* The network. */
.network { display: flex; flex-wrap: wrap; gap: 1.5rem 2.5rem; align-items: flex-start; }
.network > p { flex: 1 0 100%; max-width: 110ch; margin: 0 20% 0 0; }
.network > .scroll { flex: 1 1 34rem; }
.network .graph { flex: 0 1 auto; }
.share { background: linear-gradient(to left, var(--accent-soft) calc(var(--m) * 100%), transparent 0); }
.graph { display: flex; flex-wrap: wrap; align-items: flex-start; gap: 1.5rem 1rem; }
.graph svg { flex: none; max-width: 100%; }
.graph text { font-size: 11px; fill: var(--ink); }
.graph .op { font-weight: 600; }
.graph .soft { fill: var(--muted); }
.node rect { fill: var(--sunk); stroke: var(--line); }
.node.weighs rect { fill: var(--accent-soft); stroke: var(--accent); }
.node.joins rect { stroke: var(--neg); }
.frame { fill: var(--ink); fill-opacity: 0.04; }
.wire { fill: none; stroke: var(--muted); }
.head { fill: var(--muted); }

/* Pictures. */
.pictures { display: grid; grid-template-columns: repeat(auto-fill, minmax(92px, 1fr)); gap: 0.9rem; }
.pictures figure { text-align: center; font-size: 0.8rem; line-height: 1.3; }
img { image-rendering: pixelated; border: 1px solid var(--line); border-radius: 3px; }
.pictures img { width: 100%; }
.explained { display: grid; grid-template-columns: repeat(auto-fit, minmax(20rem, 1fr)); gap: 1rem 2rem; }
.explained figure { display: flex; gap: 1rem; margin-bottom: 1rem; }
.explained img { width: 8.5rem; height: 8.5rem; flex: none; }
.explained figcaption { flex: 1; font-size: 0.88rem; min-width: 0; }
.explained b { color: var(--ink); }
.explained p { margin: 0.3rem 0 0; }
.thoughts { margin-top: 0.2rem; }
.thoughts th { width: 1%; white-space: nowrap; text-align: left; padding-block: 0; }
.thoughts td { text-align: left; padding-block: 0; }
.thoughts .right .bar { background: var(--good); }
.strips { display: grid; grid-template-columns: auto 1fr; gap: 0.5rem 1rem; align-items: center; }
.strips span { font-size: 0.84rem; color: var(--muted); white-space: nowrap; }
.filters { --cell: clamp(24px, calc(min(900px, 100vw - 11rem) / var(--count)), 64px); display: flex; flex-wrap: wrap; gap: 5px; }
.filters svg, .filters img { width: var(--cell); height: var(--cell); border-radius: 3px; border: 1px solid var(--line); }
.filters svg { background: var(--heat-zero); shape-rendering: crispEdges; }
.filters .pos { fill: var(--heat-pos); }
.filters .neg { fill: var(--heat-neg); }

@media (max-width: 900px) {
  :root { --gap: 0.75rem; }
  main { grid-template-columns: minmax(0, 1fr); }
  .panel { padding: 0.9rem; }
}
@media (max-width: 520px) {
  svg text { font-size: 15px; }
  .matrix, .profile, .layers { font-size: 0.7rem; }
  .profile .rest { display: none; }
  td, th { padding: 0.15rem 0.2rem; }
  .ranges, .ranges thead, .ranges tbody { display: block; }
  .ranges tr { display: grid; grid-template-columns: repeat(3, 1fr); }
  .ranges .name { grid-column: 1 / -1; }
  .ranges td:not(.name) { width: auto; }
  .ranges svg text { font-size: 18px; }
  .explained img { width: 6rem; height: 6rem; }
  .facts { grid-template-columns: repeat(2, minmax(0, 1fr)); }
  .of, .layers .output { display: none; }
}
@media print {
  :root { --paper: #ffffff; }
  main { display: block; }
  .panel { margin-bottom: 1rem; }
  .panel:has(.chart) { display: inline-block; width: 49%; vertical-align: top; }
  .chart text { font-size: 14px; }
  h2, h2 + p { break-after: avoid; }
  figure, tr, h2 + p { break-inside: avoid; }
  .scroll { overflow: visible; }
  .graph { break-inside: auto; }
  .graph svg { break-inside: avoid; max-height: 75vh; }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
}
)css";

}  // namespace reel::apps
