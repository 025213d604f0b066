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

  const changesText = (changes) => {
    const texts = changes.slice(0, kChanges).map((set) => `${ui.label(set)} = ${Reel.format(set.value)}`);
    const all = texts.join(", ");
    return changes.length > kChanges ? Reel.text("{0} and {1} more", all, changes.length - kChanges) : all;
  };

  const describe = ({ nodes, events, precision, version, changes }) => {
    const size = Reel.text("{0} tensors, {1} events, computed in {2} by Reel {3}", nodes.length, events.length, precision, version);
    return changes.length ? Reel.text("{0}; a branch: {1}", size, changesText(changes)) : size;
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
    ui.startLanguage(data);
    const trace = (ui.trace = Reel.load(data));
    ui.lesson = data;
    ui.panel("title", () => "", () => (document.title = ui.telling().title));
    ui.panel("summary", () => "", () => describe(trace));
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
    document.getElementById("summary").textContent = Reel.text("This page cannot be shown: {0}", error.message);
    throw error;
  }
}
