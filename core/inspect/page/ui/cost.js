"use strict";
// What each op costs: its multiply-adds as the loops that one would write.
{
  const { ui } = Reel;
  const { el } = ui;

  const grouped = (count) => count.toLocaleString("en-US");

  const row =
    (most) =>
    ({ node, macs, loops }) =>
      el(
        "tr",
        {},
        el(
          "td",
          {},
          ui.link({ node, gradient: false, element: 0 }, ui.nameOf(node)),
          " ",
          el("small", { class: "facts" }, ui.trace.nodes[node].op),
        ),
        el("td", {}, el("code", {}, loops)),
        el("td", { class: "amount" }, grouped(macs)),
        el("td", { class: "bar", "aria-hidden": "true" }, el("span", { style: { "--m": most ? macs / most : 0 } })),
      );

  const render = (root) => {
    const costs = ui.trace.cost().filter(({ macs }) => macs > 0);
    if (!costs.length) return root.replaceChildren(ui.note("No op of this program multiplies in nested loops."));
    const most = Math.max(...costs.map(({ macs }) => macs));
    const total = costs.reduce((sum, { macs }) => sum + macs, 0);
    root.replaceChildren(
      el(
        "div",
        { class: "scroll" },
        el(
          "table",
          { class: "fields" },
          el(
            "thead",
            {},
            el(
              "tr",
              {},
              ["op", "loops", "multiply-adds", ""].map((text) => el("th", { scope: "col" }, text)),
            ),
          ),
          el("tbody", {}, costs.map(row(most))),
          el(
            "tfoot",
            {},
            el(
              "tr",
              {},
              el("td", { colspan: 2 }, "forward pass"),
              el("td", { class: "amount" }, grouped(total)),
              el("td", {}),
            ),
          ),
        ),
      ),
      ui.note(
        "Ops that go over their numbers once, as a relu does, are not counted. Backward costs about twice as " +
          "much as forward: one such loop for the input, one for the weight.",
      ),
    );
  };

  ui.panels.push({ id: "panel-cost", key: () => "", render });
}
