"use strict";
// What every panel stands on: the state of the page, elements made without markup (names are untrusted
// text, so nothing is ever parsed as HTML), and the few questions that all panels put to the trace.
{
  const kSvg = "http://www.w3.org/2000/svg";

  const ui = {
    trace: null,
    nextKey: null, // what gets the keyboard after the next drawing
    panels: [], // {id, key(state), render(body, state)}; drawn in this order
    after: [], // called with (state, previous) after each change
    state: {
      time: 0,
      focus: { node: 0, gradient: false, element: 0 }, // the one number that all panels speak of
      view: "both", // of the tensor panel: "value", "gradient" or "both"
      lab: null, // {conv, cell, node}: the lab's convolution, its picked window, and its input asked for
      flip: false, // the lab shows the true convolution
      collapsed: new Set(), // scopes folded in the graph
      opened: new Set(), // what was asked to be shown in full
      predict: false,
      solved: new Set(), // numbers that were predicted, or given up
    },
  };
  Reel.ui = ui;

  // ---- Elements.

  const append = (node, children) => {
    for (const child of children.flat(Infinity)) {
      if (child === null || child === undefined || child === false) continue;
      node.append(child instanceof Node ? child : String(child));
    }
    return node;
  };

  const assign = (node, attributes) => {
    for (const [name, value] of Object.entries(attributes)) {
      if (value === null || value === undefined || value === false) continue;
      if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
      else if (name === "style") for (const [k, v] of Object.entries(value)) node.style.setProperty(k, v);
      else node.setAttribute(name, value === true ? "" : value);
    }
    return node;
  };

  // "p.note", its attributes where it has any, and its children: texts, elements and lists of them.
  const maker =
    (create) =>
    (selector, ...rest) => {
      const [tag, ...classes] = selector.split(".");
      const attributes = rest[0]?.constructor === Object ? rest.shift() : {};
      return append(assign(create(tag), { class: classes.join(" ") || null, ...attributes }), rest);
    };
  ui.el = maker((tag) => document.createElement(tag));
  ui.svg = maker((tag) => document.createElementNS(kSvg, tag));
  ui.button = (text, onclick, attributes = {}) => ui.el("button", { type: "button", onclick, ...attributes }, text);
  ui.headings = (texts) =>
    ui.el(
      "thead",
      ui.el(
        "tr",
        texts.map((text) => ui.el("th", { scope: "col" }, text)),
      ),
    );
  ui.note = (...children) => ui.el("p.note", ...children);

  /// Buttons of which one is pressed: `choices` are [value, text].
  ui.choice = (label, choices, chosen, pick) =>
    ui.el(
      "div.choice",
      { role: "group", "aria-label": label },
      choices.map(([value, text]) =>
        ui.button(text, () => pick(value), {
          "aria-pressed": String(value === chosen),
          "data-key": `choice-${label}-${value}`,
        }),
      ),
    );

  // ---- State.

  // Drawing a panel anew must not throw the keyboard out of it: what had the focus is found by its data-key.
  // Where it is gone, as a link that was followed, the number that the page now speaks of takes its place.
  const keepingFocus = (draw) => {
    const held = document.activeElement;
    const key = ui.nextKey || held?.dataset?.key;
    const asked = ui.nextKey !== null;
    ui.nextKey = null;
    draw();
    const lost = held !== document.body && !held.isConnected;
    if (!asked && !lost) return;
    const found = [...document.querySelectorAll("[data-key]")].find((e) => e.dataset.key === key);
    const stable = document.querySelector("#panel-why .headline") ?? document.getElementById("why-title");
    (found ?? stable).focus({ preventScroll: true });
  };

  ui.draw = () =>
    keepingFocus(() => {
      for (const panel of ui.panels) {
        const key = panel.key(ui.state);
        if (panel.drawn === key) continue;
        panel.drawn = key;
        const body = document.querySelector(`#${panel.id} .body`) || document.getElementById(panel.id);
        panel.render(body, ui.state);
      }
    });

  ui.update = (change) => {
    const previous = { ...ui.state };
    Object.assign(ui.state, change);
    ui.draw();
    for (const react of ui.after) react(ui.state, previous);
  };

  /// Draws everything again, as after the colours changed.
  ui.redraw = () => {
    for (const panel of ui.panels) panel.drawn = undefined;
    ui.draw();
  };

  ui.say = (text, bad = false) => {
    const status = document.getElementById("status");
    status.textContent = text;
    status.classList.toggle("error", bad);
  };

  /// Makes a number the one that all panels speak of.
  ui.look = (node, gradient, element) => ui.update({ focus: { node, gradient, element } });
  ui.focusKey = (f) => `${f.node}/${f.gradient ? "d" : "v"}/${f.element}`;
  ui.toggled = (set, item) => {
    const copy = new Set(set);
    if (!copy.delete(item)) copy.add(item);
    return copy;
  };
}
