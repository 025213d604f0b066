"use strict";
// Numbers and their names as the page writes them, and what is known at a time.
{
  const { ui } = Reel;

  /// The tensor at the time of the page: {shape, data}, {shape, summary} where it was cropped, or null.
  ui.tensor = (node, gradient) =>
    gradient ? ui.trace.grad(node, ui.state.time) : ui.trace.value(node, ui.state.time);

  /// Whether an event has happened by then.
  ui.happened = (event) => event >= 0 && event < ui.state.time;

  /// The events that make a value, or that add to a gradient.
  ui.eventsOf = (node, gradient) => (gradient ? ui.trace.gradEvents(node) : [ui.trace.valueEvent(node)]);

  /// One number of it, or null while there is none (or where the page does not hold it).
  ui.number = (node, gradient, element) => {
    const tensor = ui.tensor(node, gradient);
    return tensor?.data ? tensor.data[element] : null;
  };

  /// Whether a prediction is asked for, so that nobody may show the number.
  ui.hidden = (node, gradient, element) => {
    const { predict, focus, solved } = ui.state;
    const key = ui.focusKey({ node, gradient, element });
    return predict && key === ui.focusKey(focus) && !solved.has(key) && !ui.given(node, gradient);
  };
  /// A leaf's value and the seed come from outside: there is nothing to predict or to explain.
  ui.given = (node, gradient) => {
    const events = ui.eventsOf(node, gradient).map((e) => ui.trace.events[e].kind);
    return events.length > 0 && events.every((kind) => kind === "leaf" || kind === "seed");
  };

  const explained = new Map();
  /// The terms of a number, which several panels ask for at once.
  ui.explain = (event, element) => {
    const key = `${event}/${element}`;
    if (!explained.has(key)) {
      if (explained.size > 8) explained.clear();
      explained.set(key, ui.trace.explain(event, element));
    }
    return explained.get(key);
  };

  // ---- Names.

  const unique = (name) => ui.trace.nodes.filter((node) => node.name === name).length === 1;
  const taken = (name) => ui.trace.nodes.some((node) => node.name === name);

  /// What one types to ask for a tensor: "z", "dz", "#3" where the name says nothing.
  ui.nameOf = (node, gradient = false) => {
    const own = ui.trace.nodes[node].name;
    const name = unique(own) && !/[[\]]/.test(own) ? own : `#${node}`;
    if (!gradient) return name;
    return taken(`d${name}`) ? `grad ${name}` : `d${name}`;
  };
  ui.label = ({ node, gradient, element }) =>
    ui.nameOf(node, gradient) + Reel.indexText(ui.trace.nodes[node].shape, element);
  ui.shapeText = (shape) => (shape.length ? `[${shape.join(",")}]` : "one number");

  /// "conv2d(x, w, b)"
  ui.callText = (node) => {
    const { op, inputs } = ui.trace.nodes[node];
    return inputs.length ? `${op}(${inputs.map((i) => ui.nameOf(i)).join(", ")})` : op;
  };

  // ---- Numbers.

  /// Short enough for a cell.
  ui.brief = (value) => {
    if (!Number.isFinite(value) || (Number.isInteger(value) && Math.abs(value) < 1e5)) return Reel.format(value);
    return Reel.format(Number(value.toPrecision(Math.abs(value) < 100 ? 3 : 5)));
  };
  /// The sign as a class; what is not finite is neither.
  ui.signOf = (value) => (Number.isFinite(value) ? (value > 0 ? "pos" : value < 0 ? "neg" : "zero") : "odd");

  const scales = new WeakMap();
  /// The largest finite magnitude of a tensor: what its colours are relative to.
  ui.scale = ({ data }) => {
    if (!scales.has(data)) {
      let largest = 0;
      for (let i = 0; i < data.length; i++) {
        const size = Math.abs(data[i]);
        if (size > largest && size < Infinity) largest = size;
      }
      scales.set(data, largest);
    }
    return scales.get(data);
  };

  // ---- Links.

  const escaped = (text) =>
    encodeURIComponent(text).replace(/%(5B|5D|2C|2F|3A|20|23)/g, (code) =>
      code === "%20" || code === "%23" ? code : decodeURIComponent(code),
    );
  ui.hash = (time, focus) => `#t=${time}&why=${escaped(ui.label(focus))}`;

  /// A link to a number, which makes it the one that the page speaks of.
  ui.link = (focus, ...children) =>
    ui.el(
      "a",
      { href: ui.hash(ui.state.time, focus), class: "number" },
      ...(children.length ? children : [ui.label(focus)]),
    );

  /// "dw is not yet computed: event 9 of 22. It comes with event 17." and the way there.
  ui.notYet = (node, gradient) => {
    const name = ui.nameOf(node, gradient);
    const { time } = ui.state;
    const next = ui.eventsOf(node, gradient).find((event) => event >= time);
    if (next === undefined) {
      return ui.el("p", { class: "absent" }, `${name}: nothing leads a gradient here, there is none.`);
    }
    return ui.el(
      "p",
      { class: "absent" },
      ui.el("strong", {}, `${name}: not yet computed`),
      ` at event ${time} of ${ui.trace.events.length}. `,
      ui.button(`Go to event ${next + 1}`, () => ui.update({ time: next + 1 })),
    );
  };
}
