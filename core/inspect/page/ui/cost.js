"use strict";
// What each op costs: its multiply-adds as the loops that one would write.
{
  const { ui } = Reel;
  const { el } = ui;

  const row =
    (most) =>
    ({ node, macs, loops }) =>
      el(
        "tr",
        ui.opCell(node),
        el("td", el("code", loops)),
        el("td.amount", ui.grouped(macs)),
        el("td.bar", { "aria-hidden": "true" }, el("span", { style: { "--m": most ? macs / most : 0 } })),
      );

  const render = (root) => {
    const costs = ui.trace.cost().filter(({ macs }) => macs > 0);
    if (!costs.length) return root.replaceChildren(ui.note("No op of this program multiplies in nested loops."));
    const most = Math.max(...costs.map(({ macs }) => macs));
    const total = costs.reduce((sum, { macs }) => sum + macs, 0);
    root.replaceChildren(
      el(
        "div.scroll",
        el(
          "table.fields",
          ui.headings(["op", "loops", "multiply-adds", ""]),
          el("tbody", costs.map(row(most))),
          el("tfoot", el("tr", el("td", { colspan: 2 }, "forward pass"), el("td.amount", ui.grouped(total)), el("td"))),
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
