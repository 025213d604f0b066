// How a report looks: wide, on a phone, printed, light and dark.
#pragma once

#include <string_view>

namespace reel::apps {

/// A unit of a chart is a pixel and a half on a wide page and less than one on a phone: hence two font sizes.
inline constexpr std::string_view kReportStyle = R"css(
:root{color-scheme:light dark}
body{font:16px/1.5 system-ui,sans-serif;max-width:760px;margin:2rem auto;padding:0 1rem}
h1{font-size:1.6rem}
h2{font-size:1.2rem;margin-top:2rem}
figure{margin:0}
table{border-collapse:collapse;font-variant-numeric:tabular-nums}
td,th{padding:.15rem .6rem;text-align:right;font-weight:normal}
th{opacity:.7;vertical-align:bottom}
.name{text-align:left}
.scroll{overflow-x:auto}
svg{width:100%;height:auto}
svg text{font-size:9px;fill:currentColor}
svg .y{text-anchor:end}
.grid{stroke:currentColor;stroke-opacity:.2}
polyline{fill:none;stroke-width:1.75px}
.grid,polyline{vector-effect:non-scaling-stroke}
.chart{margin:1rem 0}
.legend{display:flex;flex-wrap:wrap;gap:0 1rem;font-size:.9rem}
.key{white-space:nowrap}
.key svg{width:32px;height:12px}
.facts .name{opacity:.7}
.facts td{text-align:left;vertical-align:top}
.matrix{width:100%}
.matrix td{border:1px solid #8884;padding:.15rem .1rem;text-align:center}
.matrix thead th{padding:.2rem 0;text-align:center}
.upright{writing-mode:vertical-rl;transform:rotate(180deg)}
.pictures{display:grid;grid-template-columns:repeat(auto-fill,minmax(88px,1fr));gap:.8rem}
.pictures figure{text-align:center;font-size:.8rem;line-height:1.3}
.pictures img{width:100%;box-sizing:border-box;image-rendering:pixelated;border:1px solid #8884}
.graph{display:flex;flex-wrap:wrap;align-items:flex-start;justify-content:safe center;gap:1.5rem 1rem;
  margin:1rem calc(50% - min(50vw - 1rem,900px))}
.graph svg{flex:none;max-width:100%}
.graph text{font-size:11px}
.op{font-weight:600}
.soft{opacity:.7}
.node rect{fill-opacity:.15}
.frame{fill:currentColor;fill-opacity:.05}
.wire{fill:none;stroke:#888}
.head{fill:#888}
.profile td:last-child{width:25%}
.bar{height:.8rem;background:#2e8fb0}
.ranges th{text-align:center}
.profile td:first-child,.ranges .name{overflow-wrap:anywhere}
.ranges td:not(.name){width:26%}
@media(max-width:520px){
svg text{font-size:14px}
.matrix,.profile{font-size:.7rem}
.matrix tbody th{padding:0 .2rem}
.profile td,.profile th{padding:.1rem .2rem}
.profile td:last-child{display:none}
.ranges,.ranges thead,.ranges tbody{display:block}
.ranges tr{display:grid;grid-template-columns:repeat(3,1fr)}
.ranges .name{grid-column:1/-1}
.ranges td:not(.name){width:auto}
}
@media print{
:root{color-scheme:light}
body{margin:0;max-width:none;print-color-adjust:exact;-webkit-print-color-adjust:exact}
h1,h2,h2+p{break-after:avoid}
figure,tr,h2+p{break-inside:avoid}
.scroll{overflow:visible}
.graph{margin:1rem 0;break-inside:auto}
.graph svg{break-inside:avoid;max-height:75vh}
.matrix{font-size:.75rem}
}
)css";

}  // namespace reel::apps
