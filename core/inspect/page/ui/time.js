"use strict";
// The time bar: what has happened so far, event by event, and the buttons that move.
{
  const { ui } = Reel;
  const { el } = ui;

  const kPhases = ["forward", "seed", "backward"];
  const phaseOf = (event) => (event.kind === "leaf" ? "forward" : event.kind);

  /// How many events the forward pass has: the seed is the next.
  ui.forwardEnd = () => ui.trace.events.filter((event) => phaseOf(event) === "forward").length;

  /// Moves to a time. The tensor that its last event made is the one to look at.
  ui.go = (time) => {
    const count = ui.trace.events.length;
    const to = Math.max(0, Math.min(count, Math.round(time)));
    const change = { time: to };
    if (to > 0) {
      const { node, kind } = ui.trace.events[to - 1];
      const { focus } = ui.state;
      const gradient = kind === "seed" || kind === "backward";
      const element = node === focus.node ? focus.element : 0;
      change.focus = { node, gradient, element };
    }
    ui.update(change);
  };
  ui.step = (count) => ui.go(ui.state.time + count);

  // "2 of 3", where several ops add to a gradient.
  const share = (index) => {
    const all = ui.trace.gradEvents(ui.trace.events[index].node);
    return all.length > 1 ? `, contribution ${all.indexOf(index) + 1} of ${all.length}` : "";
  };

  /// What the last event before a time was, as a sentence.
  ui.storyOf = (time) => {
    if (time === 0) return "Nothing is computed yet.";
    const event = ui.trace.events[time - 1];
    const name = ui.nameOf(event.node);
    const { op, shape } = ui.trace.nodes[event.node];
    switch (event.kind) {
      case "leaf":
        return `${name} is given: ${op} ${ui.shapeText(shape)}.`;
      case "forward":
        return `${name} = ${ui.callText(event.node)}`;
      case "seed":
        return `${ui.nameOf(event.node, true)} = 1: the loss with respect to itself.`;
      default:
        return (
          `${ui.nameOf(event.node, true)} from ${ui.nameOf(event.op)} = ${ui.callText(event.op)}` + share(time - 1)
        );
    }
  };

  const track = () => {
    const events = ui.trace.events;
    return el(
      "div.track",
      { "aria-hidden": "true" },
      kPhases.map((kind) => {
        const count = events.filter((event) => phaseOf(event) === kind).length;
        return el(
          "span",
          { class: `phase ${kind}`, style: { "flex-grow": count }, title: `${kind}: ${count} events` },
          kind === "seed" ? "" : kind,
        );
      }),
    );
  };

  const slider = (time) =>
    el("input", {
      id: "time",
      type: "range",
      min: 0,
      max: ui.trace.events.length,
      step: 1,
      value: time,
      "aria-label": "events that have happened",
      oninput: (event) => ui.go(Number(event.target.value)),
    });

  const buttons = () =>
    el(
      "div.buttons",
      ui.button("|◀", () => ui.go(0), { title: "start (Home)", "aria-label": "to the start" }),
      ui.button("◀", () => ui.step(-1), { title: "back (b)", "aria-label": "one event back" }),
      ui.button("▶", () => ui.step(1), { title: "step (s)", "aria-label": "one event on", class: "primary" }),
      ui.button("▶|", () => ui.go(ui.trace.events.length), { title: "end (End)", "aria-label": "to the end" }),
      ui.button("forward", () => ui.go(ui.forwardEnd()), { title: "end of forward (f)" }),
      ui.button("backward", () => ui.go(ui.trace.events.length), { title: "end of backward (w)" }),
    );

  // Drawn once; later only what moves is set, so that a hand on the slider keeps it.
  const build = (root, time) => {
    root.replaceChildren(
      buttons(),
      el("div.scrub", track(), slider(time)),
      el("p.when", el("span", { id: "when" }), el("span", { id: "status", role: "status", "aria-live": "polite" })),
    );
  };

  // What was wrong before is not, once one has moved on.
  ui.after.push((state, { focus }) => {
    if (state.focus === focus) return;
    document.getElementById("picked").textContent = ui.told(state.focus);
    if (document.getElementById("status").classList.contains("error")) ui.say(ui.storyOf(state.time));
  });

  const draw = ({ time }, bar) => {
    if (!document.getElementById("time")) build(bar, time);
    const input = document.getElementById("time");
    const count = ui.trace.events.length;
    input.value = time;
    input.setAttribute("aria-valuetext", `${time} of ${count}: ${ui.storyOf(time)}`);
    document.getElementById("when").textContent = Reel.text("{0} of {1}", time, count);
    ui.say(ui.storyOf(time));
  };

  ui.panel("panel-time", ({ time }) => time, draw);
}
