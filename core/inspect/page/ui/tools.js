"use strict";
// The small buttons at the corner of each panel.
{
  const { ui } = Reel;
  const { el, svg } = ui;

  /// The panels that somebody may want for themselves, in their order; the time bar belongs to all of them.
  ui.panels = () => [...document.querySelectorAll("section[id^=panel-]:not(#panel-time)")];
  /// "stage", by which an address asks for a panel.
  ui.panelName = (panel) => panel.id.replace(/^panel-/, "");

  /// A drawing of 16 by 16 units.
  ui.icon = (path) => svg("svg.icon", { viewBox: "0 0 16 16", "aria-hidden": "true" }, svg("path", { d: path }));

  const makers = [];
  let language = ""; // that they are made in

  const build = () => {
    language = document.documentElement.lang;
    for (const panel of ui.panels()) {
      const corner = panel.querySelector(":scope > .tools") ?? panel.appendChild(el("div.tools"));
      corner.replaceChildren(...makers.map((make) => make(panel)).filter(Boolean));
    }
  };

  /// Adds to the corner of each panel what `make` gives for it, if anything.
  ui.addTool = (make) => {
    makers.push(make);
    build();
  };

  ui.after.push(() => language !== document.documentElement.lang && build());
}
