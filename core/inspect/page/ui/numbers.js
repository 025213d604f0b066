"use strict";
// Numbers and their names as the page writes them, and what is known at a time.
{
  const { ui } = Reel;

  /// The tensor at the time of the page: {shape, data}, {shape, summary} where it was cropped, or null.
  ui.tensor = (node, gradient) => (gradient ? ui.trace.grad(node, ui.state.time) : ui.trace.value(node, ui.state.time));

  /// Whether an event has happened by then.
  ui.happened = (event) => event >= 0 && event < ui.state.time;

  /// The events that make a value, or that add to a gradient.
  ui.eventsOf = (node, gradient) => (gradient ? ui.trace.gradEvents(node) : [ui.trace.valueEvent(node)]);

  /// One number of it, or null while there is none (or where the page does not hold it).
  ui.number = ({ node, gradient, element }) => ui.tensor(node, gradient)?.data?.[element] ?? null;

  /// Whether a prediction is asked for, so that nobody may show the number.
  ui.hidden = (number) => {
    const { predict, focus, solved } = ui.state;
    if (!predict) return false; // asked for each pixel
    const key = ui.focusKey(number);
    return key === ui.focusKey(focus) && !solved.has(key) && ui.computed(number);
  };
  /// Whether one of its numbers is hidden, which what is said of all of them may give away.
  ui.hidesIn = (node, gradient) => ui.hidden({ node, gradient, element: ui.state.focus.element });
  /// A leaf's value and the seed come from outside: there is nothing to predict or to explain.
  ui.given = (node, gradient) => {
    const events = ui.eventsOf(node, gradient).map((e) => ui.trace.events[e].kind);
    return events.length > 0 && events.every((kind) => kind === "leaf" || kind === "seed");
  };
  /// Whether an element of a value was set by hand: the page is of a branch.
  ui.isSet = ({ node, gradient, element }) => !gradient && ui.trace.isSet(node, element);
  /// Whether the program computed it, so that there is something to predict.
  ui.computed = (number) => !ui.given(number.node, number.gradient) && !ui.isSet(number);
  ui.markOf = (number) => [ui.isSet(number) && "set", ui.was(number) !== null && "changed"].filter(Boolean).join(" ");

  const explanationsOf = Reel.remembering(() => new Map());
  /// The terms of a number, which several panels ask for at once.
  ui.explain = (event, element) => {
    const explained = explanationsOf(ui.trace);
    const key = `${event}/${element}/${ui.state.language}`;
    if (!explained.has(key)) {
      if (explained.size > 8) explained.clear();
      explained.set(key, ui.trace.explain(event, element));
    }
    return explained.get(key);
  };

  // ---- Names.

  // A name that reads like an element of another.
  const kIndexed = /^(.*?)\s*\[[^\]]*\]$/s;
  // Of a trace: how many nodes bear a name, and the names before the brackets of those like "y[0]".
  const namesOf = Reel.remembering(({ nodes }) => {
    const counts = new Map();
    for (const { name } of nodes) counts.set(name, (counts.get(name) || 0) + 1);
    const indexed = [...counts.keys()].flatMap((name) => kIndexed.exec(name)?.[1] ?? []);
    return { counts, indexed: new Set(indexed) };
  });
  // Neither typed nor seen: line ends, and marks that change the direction of the text around them.
  const kUnseen = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;

  /// What one types to ask for a tensor: "z", "dz", "#3" where the name does not say which.
  ui.nameOf = (node, gradient = false) => {
    const { counts, indexed } = namesOf(ui.trace);
    const own = ui.trace.nodes[node].name;
    const typed = own !== "" && own.trim() === own && !kUnseen.test(own) && !kIndexed.test(own);
    const name = typed && counts.get(own) === 1 && !indexed.has(own) ? own : `#${node}`;
    if (!gradient) return name;
    return counts.has(`d${name}`) || indexed.has(`d${name}`) ? `grad ${name}` : `d${name}`;
  };
  /// The same without its layer's, where there is room for the end of it alone.
  ui.briefName = (node, gradient = false) => {
    const { name, scope } = ui.trace.nodes[node];
    const full = ui.nameOf(node, gradient);
    return scope && name.startsWith(`${scope}.`) ? full.replace(`${scope}.`, "") : full;
  };
  ui.label = ({ node, gradient, element }) =>
    ui.nameOf(node, gradient) + Reel.indexText(ui.trace.nodes[node].shape, element);
  ui.shapeText = (shape) => (shape.length ? `[${shape.join(",")}]` : Reel.text("one number"));

  /// "conv2d(x, w, b)"
  ui.callText = (node) => {
    const { op, inputs } = ui.trace.nodes[node];
    return inputs.length ? `${op}(${inputs.map((i) => ui.nameOf(i)).join(", ")})` : op;
  };

  /// "dw[0,1,0,1] = -4", as far as it may be told.
  ui.told = (number) => {
    const { node, gradient } = number;
    const name = ui.label(number);
    if (Reel.numel(ui.trace.nodes[node].shape) === 0) return Reel.text("{0}: no elements", name);
    if (!ui.tensor(node, gradient)) return Reel.text("{0}: not yet computed", name);
    const value = ui.number(number);
    if (value === null && !ui.hidden(number)) return Reel.text("{0}: not in the page", name);
    return `${name} = ${ui.hidden(number) ? "?" : Reel.format(value)}`;
  };

  // ---- Numbers.

  /// Short enough for a cell.
  ui.brief = (value) => {
    if (!Number.isFinite(value) || (Number.isInteger(value) && Math.abs(value) < 1e5)) return Reel.format(value);
    return Reel.format(Number(value.toPrecision(Math.abs(value) < 100 ? 3 : 5)));
  };
  /// As it stands among signs: "(-2)".
  ui.signed = (value) => (value < 0 ? `(${Reel.format(value)})` : Reel.format(value));
  /// "117,600". Intl would take longer to load than all else on the page.
  ui.grouped = (count) => String(count).replace(/\B(?=(\d{3})+$)/g, ",");
  /// The sign as a class; what is not finite is neither.
  ui.signOf = (value) => (Number.isFinite(value) ? (value > 0 ? "pos" : value < 0 ? "neg" : "zero") : "odd");
  /// A number in the colour of its sign; of one that is hidden neither is told.
  ui.numeral = (tag, value, hide = false) =>
    ui.el(tag, { class: hide ? "" : ui.signOf(value) }, hide ? "?" : Reel.format(value));

  const scaleOf = Reel.remembering((data) => {
    let largest = 0;
    for (let i = 0; i < data.length; i++) {
      const size = Math.abs(data[i]);
      if (size > largest && size < Infinity) largest = size;
    }
    return largest;
  });
  /// The largest finite magnitude of a tensor: what its colours are relative to.
  ui.scale = ({ data }) => scaleOf(data);

  // ---- Links.

  const escaped = (text) =>
    encodeURIComponent(text).replace(/%(5B|5D|2C|2F|3A|20|23)/g, (code) =>
      code === "%20" || code === "%23" ? code : decodeURIComponent(code),
    );
  ui.hash = (time, focus, wish = "why") => `#t=${time}&${wish}=${escaped(ui.label(focus))}${ui.languageHash()}`;

  /// A link to a number, which makes it the one that the page speaks of.
  ui.link = (focus, ...children) =>
    ui.el("a", { href: ui.hash(ui.state.time, focus), class: "number" }, children.length ? children : ui.label(focus));

  ui.linkToNode = (node) => ui.link({ node, gradient: false, element: 0 }, ui.nameOf(node));

  /// A node and its op, in a table.
  ui.opCell = (node) => ui.el("td", ui.linkToNode(node), " ", ui.el("small.facts", ui.trace.nodes[node].op));

  /// "dw is not yet computed: event 9 of 22. It comes with event 17." and the way there.
  ui.notYet = (node, gradient) => {
    const name = ui.nameOf(node, gradient);
    const { time } = ui.state;
    const next = ui.eventsOf(node, gradient).find((event) => event >= time);
    if (next === undefined) {
      return ui.el("p.absent", Reel.text("{0}: nothing leads a gradient here, there is none.", name));
    }
    return ui.el(
      "p.absent",
      ui.el("strong", Reel.text("{0}: not yet computed", name)),
      " ",
      Reel.text("at event {0} of {1}.", time, ui.trace.events.length),
      " ",
      ui.button(Reel.text("Go to event {0}", next + 1), () => ui.update({ time: next + 1 })),
    );
  };
  ui.noElements = (node) =>
    ui.note(Reel.text("{0} has the shape {1}: no elements.", ui.nameOf(node), ui.shapeText(ui.trace.nodes[node].shape)));
  /// What a number that was set would be; null of others.
  ui.setNote = (number, sum) =>
    ui.isSet(number) ? ui.el("span.compare", Reel.text("set by hand; the op computes {0}", Reel.format(sum))) : null;
}
