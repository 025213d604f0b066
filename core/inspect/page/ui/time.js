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

  const kEnds = {
    forward: () => ui.forwardEnd(),
    seed: () => ui.forwardEnd() + 1,
    backward: () => ui.trace.events.length,
  };

  // The phases as long as they last; a click goes to the end of one.
  const track = () => {
    const count = (kind) => ui.trace.events.filter((event) => phaseOf(event) === kind).length;
    return el(
      "div.track",
      { "aria-hidden": "true" },
      kPhases.map((kind) =>
        el(
          "span",
          {
            class: `phase ${kind}`,
            style: { "flex-grow": count(kind) },
            title:
              count(kind) === 1
                ? Reel.text("to the end of {0}: 1 event", kind)
                : Reel.text("to the end of {0}: {1} events", kind, count(kind)),
            onclick: () => ui.go(kEnds[kind]()),
          },
          kind,
        ),
      ),
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

  // From the end it begins again.
  const playOn = () => {
    const count = ui.trace.events.length;
    ui.go(ui.state.time < count ? ui.state.time + 1 : 0);
    return ui.state.time < count;
  };

  const buttons = () => [
    ui.button("|◀", () => ui.go(0), {
      title: Reel.text("start (Home)"),
      "aria-label": Reel.text("to the start"),
      "data-key": "time-start",
    }),
    ui.button(Reel.text("◀ back"), () => ui.step(-1), {
      title: Reel.text("one event back (b)"),
      "data-key": "time-back",
    }),
    ui.playButton("time", { play: Reel.text("▶ play"), pause: Reel.text("❚❚ pause") }, playOn, {
      class: "primary play",
    }),
    ui.button(Reel.text("step ▶"), () => ui.step(1), { title: Reel.text("one event on (s)"), "data-key": "time-step" }),
    ui.button("▶|", () => ui.go(ui.trace.events.length), {
      title: Reel.text("end (End)"),
      "aria-label": Reel.text("to the end"),
      "data-key": "time-end",
    }),
    ui.speedChoice(),
  ];

  // Drawn once; later only what moves is set, so that a hand on the slider keeps it.
  const build = (root, time) => {
    root.replaceChildren(
      el("div.buttons"),
      el("div.scrub", track(), slider(time)),
      el(
        "div.when",
        el("span", { id: "when" }),
        el("span", { id: "status", role: "status", "aria-live": "polite" }),
        el("div.sides"),
      ),
    );
  };

  // What was wrong before is not, once one has moved on.
  ui.after.push((state, { focus }) => {
    if (state.focus === focus) return;
    document.getElementById("picked").textContent = ui.told(state.focus);
    if (document.getElementById("status").classList.contains("error")) ui.say(ui.storyOf(state.time));
  });

  // Whether the network shows what flows forward or what flows back.
  const sides = () => {
    const { node, gradient, element } = ui.state.focus;
    const texts = { values: Reel.text("values"), gradients: Reel.text("gradients") };
    return ui.choice(Reel.text("in the network"), texts, gradient ? "gradients" : "values", (to) =>
      ui.look(node, to === "gradients", element),
    );
  };

  let drawnTime = -1;
  const draw = ({ time }, bar) => {
    if (!document.getElementById("time")) build(bar, time);
    bar.querySelector(".buttons").replaceChildren(...buttons());
    bar.querySelector(".sides").replaceChildren(sides());
    const input = document.getElementById("time");
    const count = ui.trace.events.length;
    input.value = time;
    input.setAttribute("aria-valuetext", `${time} of ${count}: ${ui.storyOf(time)}`);
    document.getElementById("when").textContent = Reel.text("{0} of {1}", time, count);
    if (drawnTime !== time) ui.say(ui.storyOf(time));
    drawnTime = time;
  };

  ui.panel("panel-time", ({ time, playing, speed, focus }) => [time, playing, speed, focus], draw);
}
