"use strict";
// Predict: the number that the page speaks of is hidden until it is answered. A wrong answer is told from the
// likely mistakes, and the first term that is wrong is found.
{
  const { ui } = Reel;
  const { el } = ui;
  const kTerms = 24; // that are asked one by one

  // As in the terminal: whole numbers are exact, of others three digits will do.
  const agrees = (guess, value) => {
    if (guess === null) return false;
    if (guess === value || Object.is(guess, value)) return true;
    return value !== Math.round(value) && Math.abs(guess - value) <= 1e-3 * Math.abs(value);
  };
  // "-1,5", "-inf", "nan"; null of what is no number.
  const numberIn = (text) => {
    const plain = text.trim().toLowerCase().replace("−", "-").replace(",", ".");
    if (plain === "nan") return NaN;
    const number = Number(plain.replace(/^([+-]?)inf(inity)?$/, "$1Infinity"));
    return plain === "" || Number.isNaN(number) ? null : number;
  };

  const termsOf = ({ node, gradient, element }) =>
    ui
      .eventsOf(node, gradient)
      .filter(ui.happened)
      .flatMap((event) => ui.explain(event, element)?.terms || []);

  // "dz[0,0,1,1] × x[0,1,1,2] = -1.5 × 6"
  const termText = ({ a, b }) => {
    const [names, values] = [({ name }) => name, ({ value }) => Reel.format(value)].map((text) =>
      [a, b].map(text).join(" × "),
    );
    return names === values ? values : `${names} = ${values}`;
  };

  const noteText = ({ note }) => (note ? ` (${note})` : "");

  // ---- What an answer may have gone wrong with.

  const termThat = (terms, explains) => terms.findIndex(({ product }) => product !== 0 && explains(product));
  const kMistakes = [
    (given, sum) => agrees(given, -sum) && "The size is right, the sign is not.",
    (given, sum, terms) => {
      const k = termThat(terms, (product) => agrees(given, sum - product));
      return (
        k >= 0 && `The first wrong term is ${k + 1}${noteText(terms[k])}: it is left out, and is ${termText(terms[k])}.`
      );
    },
    (given, sum, terms) => {
      const k = termThat(terms, (product) => agrees(given, sum - 2 * product));
      return k >= 0 && `The first wrong term is ${k + 1}: it has the other sign. It is ${termText(terms[k])}.`;
    },
    (given, sum, terms) => {
      const all = terms.reduce((total, { a, b, note }) => total + (/off/.test(note) ? a.value : a.value * b.value), 0);
      return agrees(given, all) && !agrees(all, sum) && "A relu that is off lets no gradient through.";
    },
  ];

  const hintFor = (given, sum, terms) => {
    if (given === null) return "That is not a number.";
    for (const mistake of Number.isFinite(given) ? kMistakes : []) {
      const hint = mistake(given, sum, terms);
      if (hint) return hint;
    }
    return "Not that. Fill in the terms below, and the first wrong one is told.";
  };

  // ---- The panel.

  let hint = { key: "", text: "" }; // of the last wrong answer

  const solve = (focus, text) => {
    ui.update({ solved: new Set(ui.state.solved).add(ui.focusKey(focus)) });
    const result = document.getElementById("predict-result");
    if (result) result.textContent = text;
    ui.say(text);
  };

  const answer = (focus, text) => {
    const value = ui.number(focus);
    const given = numberIn(text);
    if (agrees(given, value)) return solve(focus, `Right: ${ui.label(focus)} = ${Reel.format(value)}.`);
    hint = { key: ui.focusKey(focus), text: hintFor(given, value, termsOf(focus)) };
    document.getElementById("predict-result").textContent = hint.text;
    const sheet = document.getElementById("predict-terms");
    if (sheet) sheet.open = true;
    ui.say(hint.text, true);
  };

  const checkTerms = (terms, inputs, output) => {
    const wrong = inputs.findIndex((input, i) => !agrees(numberIn(input.value), terms[i].product));
    inputs.forEach((input, i) => input.setAttribute("aria-invalid", String(i === wrong)));
    output.textContent =
      wrong < 0
        ? "All terms are right: add them up."
        : `The first wrong term is ${wrong + 1}: ${termText(terms[wrong])} = ${Reel.format(terms[wrong].product)}` +
          `${noteText(terms[wrong])}.`;
    if (wrong >= 0) inputs[wrong].focus();
  };

  const sheet = (focus) => {
    const terms = termsOf(focus).slice(0, kTerms);
    if (!terms.length) return null;
    const inputs = terms.map((term, i) =>
      el("input", { type: "text", inputmode: "text", size: 7, "aria-label": `product of term ${i + 1}` }),
    );
    const output = el("p.hint", { role: "status" });
    return el(
      "details",
      { id: "predict-terms" },
      el("summary", "term by term"),
      ui.form(
        {},
        () => checkTerms(terms, inputs, output),
        el("ol", ...terms.map((term, i) => el("li", el("label", `${termText(term)} = `, inputs[i])))),
        el("button", { type: "submit" }, "Check the terms"),
        output,
      ),
    );
  };

  const question = (focus) => {
    const input = el("input", { id: "predict-answer", type: "text", size: 10, "data-key": "predict-answer" });
    const show = () => solve(focus, `It is ${Reel.format(ui.number(focus))}.`);
    return ui.form(
      { id: "predict-form", autocomplete: "off" },
      () => answer(focus, input.value),
      el("label", { for: "predict-answer" }, "What is ", el("b", ui.label(focus)), "?"),
      input,
      el("button", { type: "submit" }, "Answer"),
      ui.button("Show it", show, { class: "quiet" }),
    );
  };

  const body = (focus) => {
    const { node, gradient } = focus;
    if (!ui.tensor(node, gradient)) return ui.notYet(node, gradient);
    if (Reel.numel(ui.trace.nodes[node].shape) === 0) return ui.noElements(node);
    if (!ui.computed(focus)) return ui.note(`${ui.label(focus)} is given: pick a number that was computed.`);
    if (ui.number(focus) === null) return ui.note("This number is not in the page.");
    const solved = !ui.hidden(focus);
    const text = hint.key === ui.focusKey(focus) && !solved ? hint.text : "";
    return [
      solved ? ui.note(`${ui.label(focus)} is no longer hidden. Pick or step to another number.`) : question(focus),
      el("p.hint", { id: "predict-result", role: "status" }, text),
      !solved && sheet(focus),
    ];
  };

  const draw = ({ focus, predict }) => [
    ui.toggle("predict-toggle", "hide the number, and ask me", predict, (on) =>
      ui.update({ predict: on, solved: new Set() }),
    ),
    predict ? body(focus) : ui.note("Work a number out by hand before the page shows it."),
  ];

  ui.panel("panel-predict", ({ time, focus, predict, solved }) => predict && [time, focus, solved], draw);
}
