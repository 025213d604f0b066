"use strict";
// Exercises: a number is hidden until it is answered. A wrong answer is told from the likely mistakes, and each brings a
// hint: the formula, then the first products, then all of them.
{
  const { ui } = Reel;
  const { el } = ui;
  const kTerms = 24; // that are asked one by one
  const kFirst = 3; // products, of the second hint
  const kHints = 3;

  const explanationsOf = ({ node, gradient, element }) =>
    ui
      .eventsOf(node, gradient)
      .filter(ui.happened)
      .flatMap((event) => ui.explain(event, element) ?? []);
  const termsOf = (number) => explanationsOf(number).flatMap(({ terms }) => terms);
  const questionAt = (number) => ui.telling().questions[ui.questionOf(number)];

  // ---- An answer.

  const solve = (number) => ui.update({ solved: new Set(ui.state.solved).add(ui.focusKey(number)) });

  const answer = (number, text) => {
    const [value, given] = [ui.number(number), ui.typed(text)];
    const right = ui.agrees(given, value);
    const terms = right ? [] : termsOf(number);
    const called = ui.label(number);
    const said = () =>
      right ? Reel.text("Right: {0} = {1}.", called, Reel.format(value)) : ui.mistakeOf(given, value, terms);
    ui.noteTry(number, text, said, right);
    if (right) solve(number);
    else if (given !== null && terms.length > 0) moreHints(number);
    ui.say(said(), !right);
  };

  const moreHints = (number) => ui.noteHints(number, Math.min(kHints, ui.exerciseOf(number).hints + 1));

  const show = (number) => {
    const value = Reel.format(ui.number(number));
    const said = () => Reel.text("It is {0}.", value);
    ui.noteShown(number, said);
    solve(number);
    ui.say(said());
  };

  const question = (number) => {
    const { tries, hints } = ui.exerciseOf(number);
    const input = el("input", {
      id: "predict-answer",
      type: "text",
      size: 10,
      value: tries.at(-1) ?? "",
      autocomplete: "off",
      "data-key": "predict-answer",
    });
    const hint = () => moreHints(number);
    const quiet = { class: "quiet" };
    return ui.form(
      { id: "predict-form", autocomplete: "off" },
      () => answer(number, input.value),
      el("label", { for: "predict-answer" }, el("b", Reel.text("What is {0}?", ui.label(number)))),
      input,
      el("button", { type: "submit" }, Reel.text("Answer")),
      hints < kHints && termsOf(number).length > 0 && ui.button(Reel.text("Hint"), hint, { ...quiet, "data-key": "predict-hint" }),
      ui.button(Reel.text("Show it"), () => show(number), quiet),
    );
  };

  // ---- Hints.

  const formula = ({ place, formula: text }) => el("p.formula", place && el("span", place), el("code", `= ${text}`));

  const hintsOf = (number) => {
    const { hints } = ui.exerciseOf(number);
    if (hints === 0) return null;
    const own = questionAt(number)?.hint;
    return el("div", { id: "predict-hints" }, own && ui.note(own), explanationsOf(number).map(formula));
  };

  // How many of the products are told.
  const toldOf = (hints, count) => (hints >= kHints ? count : hints === kHints - 1 ? Math.min(kFirst, Math.ceil(count / 2)) : 0);

  const wrongTerm = (k, term) => {
    const parts = [k + 1, ui.termText(term), Reel.format(term.product)];
    return term.note
      ? Reel.text("The first wrong term is {0}: {1} = {2}, {3}.", ...parts, term.note)
      : Reel.text("The first wrong term is {0}: {1} = {2}.", ...parts);
  };

  const checkTerms = (terms, inputs, output) => {
    const wrong = inputs.findIndex((input, k) => input && !ui.agrees(ui.typed(input.value), terms[k].product));
    inputs.forEach((input, k) => input?.setAttribute("aria-invalid", String(k === wrong)));
    output.textContent =
      wrong < 0 ? Reel.text("All terms are right: add them up.") : wrongTerm(wrong, terms[wrong]);
    inputs[wrong]?.focus();
  };

  const productInput = (k) =>
    el("input", { type: "text", inputmode: "text", size: 7, "aria-label": Reel.text("product of term {0}", k + 1) });

  // The terms one by one, to be filled in but for those that are told.
  const sheet = (number) => {
    const terms = termsOf(number).slice(0, kTerms);
    if (!terms.length) return null;
    const { hints } = ui.exerciseOf(number);
    const told = toldOf(hints, terms.length);
    const inputs = terms.map((_, k) => (k < told ? null : productInput(k)));
    const product = (term, k) => inputs[k] ?? el("b", Reel.format(term.product));
    const output = el("p.hint", { role: "status" });
    return el(
      "details",
      { id: "predict-terms", open: hints > 1 },
      el("summary", Reel.text("term by term")),
      ui.form(
        {},
        () => checkTerms(terms, inputs, output),
        el("ol", ...terms.map((term, k) => el("li", el("label", `${ui.termText(term)} = `, product(term, k))))),
        told < terms.length && el("button", { type: "submit" }, Reel.text("Check the terms")),
        output,
      ),
    );
  };

  // ---- The questions of the page, and the score.

  const kMarks = { right: " ✓", shown: " –", open: "" };

  const openQuestion = (position) => {
    const { number, time } = ui.trace.questions[position];
    ui.exercise(number, time ?? ui.trace.events.length);
  };

  const questions = (number) => {
    const { questions: all } = ui.trace;
    if (all.length === 0) return null;
    const texts = all.map((_, i) => `${i + 1}${kMarks[ui.resultOf(i)]}`);
    const at = ui.state.predict ? ui.questionOf(number) : -1;
    return el(
      "div.controls",
      el("span", Reel.text("Questions")),
      ui.choice(Reel.text("question"), texts, String(at), (position) => openQuestion(Number(position))),
    );
  };

  const nextQuestion = (number) => {
    const at = ui.questionOf(number);
    if (at < 0 || at + 1 >= ui.trace.questions.length) {
      return ui.note(Reel.text("{0} is no longer hidden. Pick or step to another number.", ui.label(number)));
    }
    const attributes = { class: "primary", "data-key": "predict-next" };
    return ui.button(Reel.text("Next question"), () => openQuestion(at + 1), attributes);
  };

  const handIn = () => {
    const { right, asked } = ui.score();
    if (asked === 0) return null;
    const name = el("input", { id: "predict-name", type: "text", size: 16, autocomplete: "name" });
    return ui.form(
      { id: "predict-save", class: "controls" },
      () => ui.saveResults(name.value.trim()),
      el("b", { id: "predict-score" }, Reel.text("{0} right of {1} asked", right, asked)),
      el("label", { for: "predict-name" }, Reel.text("your name"), " ", name),
      el("button", { type: "submit" }, Reel.text("Save the answers")),
    );
  };

  // ---- The panel.

  const body = (number) => {
    const { node, gradient } = number;
    if (!ui.tensor(node, gradient)) return ui.notYet(node, gradient);
    if (Reel.numel(ui.trace.nodes[node].shape) === 0) return ui.noElements(node);
    if (!ui.computed(number)) return ui.note(Reel.text("{0} is given: pick a number that was computed.", ui.label(number)));
    if (ui.number(number) === null) return ui.note(Reel.text("This number is not in the page."));
    const hidden = ui.hidden(number);
    const { said, result } = ui.exerciseOf(number);
    const outcome = { id: "predict-result", role: "status", class: result === "right" ? "hint good" : "hint" };
    return [
      questionAt(number)?.text && el("p.question", questionAt(number).text),
      hidden && question(number),
      el("p", outcome, said()),
      hidden ? [hintsOf(number), sheet(number)] : nextQuestion(number),
    ];
  };

  const draw = ({ focus, predict }) => [
    questions(focus),
    ui.toggle("predict-toggle", Reel.text("hide the number, and ask me"), predict, (on) =>
      ui.update({ predict: on, solved: new Set() }),
    ),
    predict ? body(focus) : ui.note(Reel.text("Work a number out by hand before the page shows it.")),
    handIn(),
  ];

  ui.panel("panel-predict", ({ time, focus, predict, solved, noted }) => [noted, predict && [time, focus, solved]], draw);
}
