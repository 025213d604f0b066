"use strict";
// Starts the page: the trace from its data, the first number to look at, and the panels.
{
  const { ui } = Reel;
  const kChanges = 8; // that are listed

  // The largest number of the first map that the first convolution made, else the first op that the page can explain.
  const firstFocus = ({ nodes, loss }) => {
    const firsts = [
      nodes.findIndex((_, node) => ui.isConvolution(node)),
      nodes.findIndex(({ inputs, explains }) => inputs.length && explains),
    ];
    const node = firsts.find((one) => one >= 0 && Reel.isWhole(nodes[one].value)) ?? loss;
    const map = nodes[node].value.data.slice(0, ui.layout(nodes[node].shape).size);
    const element = map.reduce((best, value, at) => (Math.abs(value) > Math.abs(map[best]) ? at : best), 0);
    return { node, gradient: false, element };
  };

  const changesText = (changes) => {
    const texts = changes.slice(0, kChanges).map((set) => `${ui.label(set)} = ${Reel.format(set.value)}`);
    const all = texts.join(", ");
    return changes.length > kChanges ? Reel.text("{0} and {1} more", all, changes.length - kChanges) : all;
  };

  const describe = ({ nodes, events, precision, version, changes }) => {
    const parts = [nodes.length, events.length, precision, version];
    const size = Reel.text("{0} tensors, {1} events, computed in {2} by Reel {3}", ...parts);
    const said = changes.length ? Reel.text("{0}; a branch: {1}", size, changesText(changes)) : size;
    return ui.withWords(said, { tensors: Reel.text("tensors"), events: Reel.text("events") });
  };

  const kBesideStage = ["panel-rf", "panel-cost"]; // panels that show what the stage cannot

  const openAt = (start) => {
    try {
      const panel = document.getElementById(ui.follow(start));
      if (!kBesideStage.includes(panel.id)) return;
      panel.classList.add("lead");
      document.querySelector("main").prepend(panel);
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
    ui.startGlossary();
    if (data.start) openAt(data.start);
    ui.startLinks();
    ui.followLink();
    ui.startSaving();
    ui.startHall();
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", ui.restyle);
    document.documentElement.dataset.ready = "true";
  };

  try {
    start();
  } catch (error) {
    document.getElementById("summary").textContent = Reel.text("This page cannot be shown: {0}", error.message);
    throw error;
  }
}
