"use strict";
// What every panel stands on: the state of the page, elements made without markup (names are untrusted
// text, so nothing is ever parsed as HTML), and the few questions that all panels put to the trace.
{
  const kSvg = "http://www.w3.org/2000/svg";

  const ui = {
    trace: null,
    // {title, story, start, tries, questions, previous, contents, next, translations}: what the page tells beside the step
    lesson: null,
    nextKey: null, // what gets the keyboard after the next drawing
    after: [], // called with (state, previous) after each change
    state: {
      language: "en",
      time: 0,
      focus: { node: 0, gradient: false, element: 0 }, // the one number that all panels speak of
      view: "both", // of the tensor panel: "value", "gradient" or "both"
      way: null, // of the stage, where there are several: "window", "matrices" or "terms"
      part: null, // of a gradient that several ops add to: the event that the stage shows
      cell: null, // of a weight's gradient: the window that the stage shows
      flip: false, // the stage shows the true convolution
      collapsed: new Set(), // layers folded in the network
      playing: null, // what plays: "time" or "slide"
      speed: "normal",
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
  ui.note = (...children) => ui.el("p.note", ...children);
  /// A name and a value of a list of such; a figure with a line above it.
  ui.fact = (name, value, attributes = {}) => ui.el("div", attributes, ui.el("dt", name), ui.el("dd", value));
  ui.captioned = (title, ...content) => ui.el("figure.matrix", ui.el("figcaption", title), ...content);

  /// A table of a kind; a heading is its text, or [text, class].
  ui.table = (kind, headings, rows, foot = null) => {
    const heading = ([text, name = ""]) =>
      text === "" ? ui.el("td", { class: name }) : ui.el("th", { class: name, scope: "col" }, text);
    const head = headings.map((one) => heading([one].flat()));
    const parts = [ui.el("thead", ui.el("tr", head)), ui.el("tbody", rows), foot];
    return ui.el("div.scroll", ui.el("table", { class: kind }, parts));
  };

  /// A form that submit() answers to.
  ui.form = (attributes, submit, ...children) => {
    const onsubmit = (event) => {
      event.preventDefault();
      submit();
    };
    return ui.el("form", { ...attributes, onsubmit }, children);
  };

  /// Buttons of which one is pressed, with the texts of the values.
  ui.choice = (label, texts, chosen, pick) =>
    ui.el(
      "div.choice",
      { role: "group", "aria-label": label },
      Object.entries(texts).map(([value, text]) =>
        ui.button(text, () => pick(value), {
          "aria-pressed": String(value === chosen),
          "data-key": `choice-${label}-${value}`,
        }),
      ),
    );

  /// The same as a list to open, where there are many.
  ui.selection = (label, texts, chosen, pick) =>
    ui.el(
      "select",
      { "aria-label": label, "data-key": `select-${label}`, onchange: (event) => pick(event.target.value) },
      Object.entries(texts).map(([value, text]) => ui.el("option", { value, selected: value === chosen }, text)),
    );

  /// A box to tick; `change` gets whether it is.
  ui.toggle = (id, text, checked, change) =>
    ui.el(
      "label.toggle",
      ui.el("input", {
        type: "checkbox",
        id,
        checked,
        "data-key": id,
        onchange: (event) => change(event.target.checked),
      }),
      ` ${text}`,
    );

  /// What was left out, and the button that opens it.
  ui.more = (text, key) => {
    const open = () => ui.update({ opened: ui.toggled(ui.state.opened, key) });
    return ui.el("p.more", text, " ", ui.button(Reel.text("Show all"), open, { class: "quiet" }));
  };

  /// What acts on Enter and on the space bar, where it is no button by itself.
  ui.onPress = (act) => (event) => {
    if (event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    act(event);
  };

  // ---- State.

  // Drawing a panel anew must not throw the keyboard out of it: what had the focus is found by its data-key.
  // Where it is gone, as a link that was followed, the number that the page now speaks of takes its place.
  ui.keepingFocus = (draw) => {
    const held = document.activeElement;
    const key = ui.nextKey || held?.dataset?.key;
    const asked = ui.nextKey !== null;
    ui.nextKey = null;
    draw();
    const lost = held !== document.body && !held.isConnected;
    if (!asked && !lost) return;
    const found = [...document.querySelectorAll("[data-key]")].find((e) => e.dataset.key === key);
    const stable = document.querySelector("#panel-why .headline") ?? document.getElementById("why-title");
    (found ?? stable)?.focus({ preventScroll: true });
  };

  const panels = []; // drawn in this order
  /// A panel: what it shows of the state, without whose change it stays as it is; draw(state, body) gives what stands
  /// in it, undefined where it has seen to that itself, or null where it has nothing to say: then there is no panel.
  ui.panel = (id, shown, draw) => panels.push({ id, shown, draw, drawn: "" });

  const keyOf = (shown) => JSON.stringify(shown, (_, part) => (part instanceof Set ? [...part] : part));

  ui.draw = () =>
    ui.keepingFocus(() => {
      for (const panel of panels) {
        const key = keyOf([ui.state.language, panel.shown(ui.state)]);
        if (panel.drawn === key) continue;
        panel.drawn = key;
        const body = document.querySelector(`#${panel.id} .body`) || document.getElementById(panel.id);
        const content = panel.draw(ui.state, body);
        document.getElementById(panel.id).hidden = content === null;
        if (content !== undefined) body.replaceChildren(append(new DocumentFragment(), [content]));
      }
    });

  ui.update = (change) => {
    const previous = { ...ui.state };
    Object.assign(ui.state, change);
    ui.draw();
    for (const react of ui.after) react(ui.state, previous);
  };

  /// Draws everything again, as after the numbers changed.
  ui.redraw = () => {
    for (const panel of panels) panel.drawn = "";
    ui.draw();
  };

  const inputs = () => [...document.querySelectorAll(".body input:not([type=range], [type=checkbox])")];
  /// The same in other colours, sizes or words: what was typed and not yet sent stays.
  ui.restyle = () => {
    const typed = inputs().map((input) => input.value);
    ui.redraw();
    const anew = inputs();
    if (anew.length === typed.length) anew.forEach((input, i) => (input.value = typed[i]));
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
