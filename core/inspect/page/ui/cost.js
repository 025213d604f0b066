"use strict";
// What each op costs: its multiply-adds as the loops that one would write.
{
  const { ui } = Reel;
  const { el } = ui;

  const row = ({ node, macs, loops }, most) =>
    el(
      "tr",
      ui.opCell(node),
      el("td", el("code", loops)),
      el("td.amount", ui.grouped(macs)),
      el("td.bar", { "aria-hidden": "true" }, el("span", { style: { "--m": macs / most } })),
    );

  const draw = () => {
    const costs = ui.trace.cost().filter(({ macs }) => macs > 0);
    if (!costs.length) return null; // nothing multiplies in nested loops
    const most = Math.max(...costs.map(({ macs }) => macs));
    const total = costs.reduce((sum, { macs }) => sum + macs, 0);
    const foot = el("tr", el("td", { colspan: 2 }, Reel.text("forward pass")), el("td.amount", ui.grouped(total)), el("td"));
    return [
      ui.table(
        "fields",
        [Reel.text("op"), Reel.text("loops"), ui.word("multiply-adds", Reel.text("multiply-adds")), ""],
        costs.map((cost) => row(cost, most)),
        el("tfoot", foot),
      ),
      ui.note(
        Reel.sentences(
          Reel.text("Ops that go over their numbers once, as a relu does, are not counted."),
          Reel.text("Backward costs about twice as much as forward: one such loop for the input, one for the weight."),
        ),
      ),
    ];
  };

  ui.panel("panel-cost", () => "", draw);
}
