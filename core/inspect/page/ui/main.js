"use strict";
// Starts the page: the trace from its data, the first number to look at, and the panels.
{
  const { ui } = Reel;
  const kChanges = 8; // that are listed

  // The gradient of the first convolution's weight, else of the first parameter, else the loss.
  const firstFocus = (trace) => {
    const conv = trace.nodes.find((_, node) => ui.isConvolution(node));
    const leaves = trace.nodes.flatMap(({ inputs }, node) => (inputs.length ? [] : [node]));
    const node = [conv?.inputs[1], ...leaves].find((one) => trace.gradEvents(one)?.length > 0);
    return { node: node ?? trace.loss, gradient: node !== undefined, element: 0 };
  };

  const branchText = ({ changes }) => {
    const texts = changes.slice(0, kChanges).map((set) => `${ui.label(set)} = ${Reel.format(set.value)}`);
    if (changes.length > kChanges) texts.push(`${changes.length - kChanges} more`);
    return changes.length ? `; a branch: ${texts.join(", ")}` : "";
  };

  const describe = (trace) => {
    document.getElementById("summary").textContent =
      `${trace.nodes.length} tensors, ${trace.events.length} events, ` +
      `computed in ${trace.precision} by Reel ${trace.version}${branchText(trace)}`;
  };

  const openAt = (start) => {
    try {
      ui.follow(start);
    } catch (error) {
      ui.say(error.message, true);
    }
  };

  const start = () => {
    const data = JSON.parse(document.getElementById("reel-data").textContent);
    const trace = (ui.trace = Reel.load(data));
    ui.lesson = data;
    describe(trace);
    Object.assign(ui.state, { time: trace.events.length, focus: firstFocus(trace) });
    ui.startKeys();
    ui.startHistory();
    ui.startEditing();
    ui.draw();
    if (data.start) openAt(data.start);
    ui.startLinks();
    ui.followLink();
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", ui.redraw);
    document.documentElement.dataset.ready = "true";
  };

  try {
    start();
  } catch (error) {
    document.getElementById("summary").textContent = `This page cannot be shown: ${error.message}`;
    throw error;
  }
}
