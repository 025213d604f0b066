"use strict";
// The time bar: what has happened so far, event by event, and the buttons that move.
{
  const { ui } = Reel;
  const { el } = ui;

  const kPhases = {
    forward: () => Reel.text("forward"),
    seed: () => Reel.text("seed"),
    backward: () => Reel.text("backward"),
  };
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

  // What an op gave to a gradient, which several may add to.
  const contribution = (index) => {
    const { node, op } = ui.trace.events[index];
    const all = ui.trace.gradEvents(node);
    const parts = [ui.nameOf(node, true), ui.nameOf(op), ui.callText(op), all.indexOf(index) + 1, all.length];
    return Reel.text(
      all.length > 1 ? "{0} from {1} = {2}, contribution {3} of {4}" : "{0} from {1} = {2}",
      ...parts,
    );
  };

  /// What the last event before a time was, as a sentence.
  ui.storyOf = (time) => {
    if (time === 0) return Reel.text("Nothing is computed yet.");
    const event = ui.trace.events[time - 1];
    const name = ui.nameOf(event.node);
    const { op, shape } = ui.trace.nodes[event.node];
    switch (event.kind) {
      case "leaf":
        return Reel.text("{0} is given: {1} {2}.", name, op, ui.shapeText(shape));
      case "forward":
        return `${name} = ${ui.callText(event.node)}`;
      case "seed":
        return Reel.text("{0} = 1: the loss with respect to itself.", ui.nameOf(event.node, true));
      default:
        return contribution(time - 1);
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
      Object.keys(kPhases).map((kind) =>
        el(
          "span",
          {
            class: `phase ${kind}`,
            style: { "flex-grow": count(kind) },
            title:
              count(kind) === 1
                ? Reel.text("to the end of {0}: 1 event", kPhases[kind]())
                : Reel.text("to the end of {0}: {1} events", kPhases[kind](), count(kind)),
            onclick: () => ui.go(kEnds[kind]()),
          },
          kPhases[kind](),
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
      "aria-label": Reel.text("events that have happened"),
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
  let drawnLanguage = "";
  const draw = ({ time, language }, bar) => {
    const isNew = drawnLanguage !== language;
    drawnLanguage = language;
    if (isNew) build(bar, time);
    bar.querySelector(".buttons").replaceChildren(...buttons());
    bar.querySelector(".sides").replaceChildren(sides());
    const input = document.getElementById("time");
    const count = ui.trace.events.length;
    input.value = time;
    input.setAttribute("aria-valuetext", Reel.text("{0} of {1}: {2}", time, count, ui.storyOf(time)));
    document.getElementById("when").textContent = Reel.text("{0} of {1}", time, count);
    if (isNew || drawnTime !== time) ui.say(ui.storyOf(time));
    drawnTime = time;
  };

  ui.panel("panel-time", ({ time, playing, speed, focus }) => [time, playing, speed, focus], draw);
}
