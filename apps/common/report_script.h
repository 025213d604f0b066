// What a report does: the arrow keys show the values of a chart, as the mouse does without any script.
#pragma once

#include <string_view>

namespace reel::apps {

inline constexpr std::string_view kReportScript = R"js(
"use strict";
for (const chart of document.querySelectorAll(".chart > svg")) {
  const spots = [...chart.querySelectorAll(".at")];
  const said = chart.parentElement.querySelector("output");
  let at = spots.length - 1;
  const show = (next) => {
    spots[at]?.classList.remove("on");
    at = Math.max(0, Math.min(spots.length - 1, next));
    spots[at]?.classList.add("on");
    said.textContent = spots[at]?.querySelector("title").textContent ?? "";
  };
  const places = {
    ArrowLeft: () => at - 1,
    ArrowRight: () => at + 1,
    Home: () => 0,
    End: () => spots.length - 1,
  };
  chart.addEventListener("focus", () => show(at));
  chart.addEventListener("blur", () => spots[at]?.classList.remove("on"));
  chart.addEventListener("keydown", (event) => {
    if (!Object.hasOwn(places, event.key)) return;
    event.preventDefault();
    show(places[event.key]());
  });
}
)js";

}  // namespace reel::apps
