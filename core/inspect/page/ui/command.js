"use strict";
// The terminal's commands on the page: each moves to a time and a number, and shows the panel that answers it.
{
  const { ui } = Reel;

  /// The time of the page if the number is there by then, else the first at which all of it is.
  ui.timeFor = ({ node, gradient }) => {
    const events = ui.eventsOf(node, gradient);
    return events.length === 0 || events.some(ui.happened) ? ui.state.time : events.at(-1) + 1;
  };

  // A slice is looked at by its tensor.
  const numberOf = (name) => {
    const { node, gradient, element } = ui.trace.parse(name.replace(/\[[^\]]*:[^\]]*\]$/, ""));
    return { node, gradient, element: element ?? 0 };
  };

  const look = (name) => {
    const focus = numberOf(name);
    ui.update({ focus, time: ui.timeFor(focus) });
    return focus;
  };

  const lookIn = (panel) => (name) => {
    look(name);
    return panel;
  };

  // On the stage, in one of its ways; a number that it does not suit is shown in its own.
  const lookBy = (way) => (name) => {
    look(name);
    ui.update({ way });
    return "panel-stage";
  };

  const move = (timeOf) => (argument) => {
    ui.go(timeOf(argument));
    return "panel-time";
  };
  const wholeOf = (argument) => {
    if (/^\d+$/.test(argument)) return Number(argument);
    throw new Error(Reel.text("A whole number is expected, not “{0}”.", argument));
  };
  const countOf = (argument) => (argument === "" ? 1 : wholeOf(argument));

  // The next event that makes a tensor or adds to it.
  const until = (name) => {
    const { node, gradient } = numberOf(name);
    const next = ui.eventsOf(node, gradient).find((event) => event >= ui.state.time);
    if (next === undefined) throw new Error(Reel.text("Nothing more is added to {0} from here on.", name));
    ui.go(next + 1);
    return "panel-time";
  };

  // "x[0,1] 2.5": at once, where the terminal waits for the next rerun.
  const set = (argument) => {
    const [, name, value] = /^(.*)\s(\S+)$/.exec(argument) ?? [null, argument, ""];
    const number = ui.typed(value);
    if (number === null) throw new Error(Reel.text('set wants a number behind {0}, not "{1}".', name, value));
    ui.set(look(name), number);
    return "panel-edit";
  };

  const withoutStep = (argument) => argument.replace(/\s+[\d.e+-]+$/, ""); // of "check w[0] 0.5"

  // What each does with its argument; it returns where the answer stands.
  const kCommands = {
    why: lookIn("panel-why"),
    "why!": lookIn("panel-why"),
    check: (argument) => lookIn("panel-why")(withoutStep(argument)),
    path: lookIn("panel-why"),
    uses: (name) => {
      look(name);
      document.querySelector("#panel-why .uses")?.setAttribute("open", "");
      return "panel-why";
    },
    window: lookBy("window"),
    matmul: lookBy("matrices"),
    rf: lookIn("panel-rf"),
    print: lookIn("panel-tensor"),
    grad: (name) => lookIn("panel-tensor")(`grad ${name}`),
    cost: () => "panel-cost",
    list: () => "panel-network",
    s: move((argument) => ui.state.time + countOf(argument)),
    b: move((argument) => ui.state.time - countOf(argument)),
    goto: move(wholeOf),
    fwd: move(() => ui.forwardEnd()),
    bwd: move(() => ui.trace.events.length),
    until,
    set,
    rerun: () => "panel-edit",
    reset: () => {
      if (ui.lastChange()) ui.reset();
      return "panel-edit";
    },
  };

  const parts = (line) => /^(\S*)\s*(.*)$/s.exec(line.trim()).slice(1);

  /// Whether the page can do what a line says.
  ui.knows = (line) => Object.hasOwn(kCommands, parts(line)[0]);

  /// Moves to where a command or the name of a number leads; returns the panel that answers. A name that nothing has is
  /// an Error.
  ui.follow = (line) => {
    const [word, argument] = parts(line);
    return ui.knows(line) ? kCommands[word](argument) : kCommands.why(line);
  };

  /// The same, with the panel in sight; what is wrong is said.
  ui.run = (line) => {
    try {
      ui.reveal(ui.follow(line));
    } catch (error) {
      ui.say(error.message, true);
    }
  };
}
