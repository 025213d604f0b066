"use strict";
// The step's branches: what the page showed before a number was set or a step was trained, what differs from it, and the
// way back.
{
  const { ui } = Reel;

  const kSame = 1e-9; // of the largest number of a tensor: less is rounding

  const past = []; // {trace, said()}: the steps before, of which the first is the program's own, and what was done to each

  // ---- What changed.

  // The program's numbers were rounded where it stored them; beside the page's they are computed as these.
  const computedHere = Reel.remembering((trace) => trace.rerun());
  const before = () => (past.length > 1 ? past.at(-1).trace : computedHere(past[0].trace));

  const differs = (a, b, scale) => !Object.is(a, b) && !(Math.abs(a - b) <= kSame * scale);
  const tensorOf = (trace, { node, gradient }) => (gradient ? trace.nodes[node].grad : trace.nodes[node].value);
  const pairOf = (number) => {
    const [now, old] = [ui.trace, before()].map((trace) => tensorOf(trace, number));
    return { now, old, scale: Math.max(ui.scale(now), ui.scale(old)) };
  };

  /// What a number was before the last change, where that changed it; else null.
  ui.was = (number) => {
    const { node, gradient, element } = number;
    if (past.length === 0 || !ui.eventsOf(node, gradient).every(ui.happened) || !tensorOf(ui.trace, number)) return null;
    const { now, old, scale } = pairOf(number);
    return differs(now.data[element], old.data[element], scale) ? old.data[element] : null;
  };

  /// How many numbers the change that led to the trace on the page has changed.
  ui.countChanged = () => countChanged(ui.trace);
  const countChanged = Reel.remembering((trace) => {
    const tensors = trace.nodes.flatMap((_, node) => [false, true].map((gradient) => ({ node, gradient })));
    return tensors.reduce((count, one) => {
      if (!tensorOf(trace, one)) return count;
      const { now, old, scale } = pairOf(one);
      return count + now.data.reduce((sum, x, i) => sum + (differs(x, old.data[i], scale) ? 1 : 0), 0);
    }, 0);
  });

  // ---- There and back.

  const show = (trace, said) => {
    ui.trace = trace;
    ui.state.solved = new Set(); // a number may be another now
    ui.redraw();
    ui.say(said());
  };

  /// What was done last, "" where the page shows the program's own step.
  ui.lastChange = () => past.at(-1)?.said() ?? "";

  /// Shows the same step with other numbers; said() tells what was done, in the language that is then spoken.
  ui.branch = (trace, said) => {
    past.push({ trace: ui.trace, said });
    show(trace, said);
  };
  ui.undo = () => {
    if (past.length === 0) return ui.say(Reel.text("There is nothing to undo."));
    const { trace, said } = past.pop();
    show(trace, () => Reel.text("Undone: {0}", said()));
  };
  /// Back to what the program computed.
  ui.reset = () => {
    const [first] = past.splice(0);
    show(first.trace, () => Reel.text("All numbers are the program's again."));
  };

  const onKey = (event) => {
    const asks = (event.ctrlKey || event.metaKey) && !event.shiftKey && event.key.toLowerCase() === "z";
    if (!asks || event.target.matches("input[type=text], input[type=number], textarea")) return;
    event.preventDefault();
    ui.undo();
  };
  ui.startHistory = () => document.addEventListener("keydown", onKey);
}
