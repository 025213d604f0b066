"use strict";
// Why a number is what it is: the terms that were summed for it, each factor a link, and the audit: the stored
// number beside the one that this page sums up again, and beside differences of the loss.
{
  const { ui } = Reel;
  const { el } = ui;
  const kRows = 32; // of a table, before it is opened
  const kUses = 12; // that are listed
  const kPause = 120; // milliseconds on one number before it is checked: who scrubs does not wait
  const kQuick = 2e7; // multiply-adds of a replay that is done without asking

  // ---- The table.

  const factor = (f) => {
    if (f.kind === "number") return ui.numeral("span", f.value);
    const attributes = { href: ui.hash(ui.state.time, f), class: `number ${ui.signOf(f.value)}`, title: f.name };
    return el("a", attributes, Reel.format(f.value));
  };

  // Which tensor's numbers stand in the two columns of factors, as the first term with two of them says, or the first
  // of all; none where other numbers stand there too, but for padding's 0 and a factor 1.
  const columnsOf = (terms) => {
    const named = terms.find(({ a, b }) => a.kind !== "number" && b.kind !== "number") || terms[0];
    const other =
      (side) =>
      ({ [side]: f }) =>
        f.kind === "number" && f.value !== 0 && f.value !== 1;
    return ["a", "b"].map((side) =>
      !named || named[side].kind === "number" || terms.some(other(side)) ? undefined : named[side],
    );
  };
  // What stands above a column of factors: their tensor, what such numbers are called, or "factor".
  const headingOf = (terms, side, column) => {
    if (column) return ui.nameOf(column.node, column.gradient);
    const numbers = terms.map((term) => term[side]).filter((f) => f.kind === "number");
    const telling = numbers.filter(({ called, value }) => called || (value !== 0 && value !== 1));
    const [called, ...others] = new Set(telling.map((f) => f.called));
    const one = terms[0]?.[side].kind === "number" && called && !others.length;
    return one ? ui.glossed(called) : ui.word("factor", Reel.text("factor"));
  };
  const sameTensor = (f, other) =>
    other !== undefined && f.kind !== "number" && f.node === other.node && f.gradient === other.gradient;
  // A term of one tensor alone, as of a weight that met the padding, has it in that tensor's column.
  const inColumns = ({ a, b }, [first, second]) =>
    b.kind === "number" && !sameTensor(a, first) && sameTensor(a, second) ? [b, a] : [a, b];

  const row = (explanation, term, running, columns) => {
    const [a, b] = inColumns(term, columns);
    return el(
      "tr",
      explanation.loop.map((_, d) => el("td.loop", term.loop[d] ?? "")),
      el("td", factor(a)),
      el("td.times", "×"),
      el("td", factor(b)),
      el("td", { class: ui.signOf(term.product) }, Reel.format(term.product)),
      el("td.running", Reel.format(running)),
      el("td.said", term.note),
    );
  };

  // All terms, or of a long table the first that are not 0; where all are 0, the first of these.
  const rows = (explanation, columns, open) => {
    const { terms } = explanation;
    const all = open || terms.length <= kRows;
    const zeros = terms.every((term) => term.product === 0);
    const shown = [];
    let running = 0;
    for (const term of terms) {
      running += term.product;
      const counts = (zeros || term.product !== 0) && shown.length < kRows;
      if (all || counts) shown.push(row(explanation, term, running, columns));
    }
    return shown;
  };

  const restText = ({ terms, sum }, shown) => {
    const zeros = terms.filter((term) => term.product === 0).length;
    if (zeros === terms.length) return Reel.text("… {0} more terms, all of them 0.", zeros - shown);
    const more = terms.length - zeros - shown;
    return more > 0
      ? Reel.text("… {0} more terms, to {1}; {2} terms of 0 are left out.", more, Reel.format(sum), zeros)
      : Reel.text("… that is all; {0} terms of 0 are left out.", zeros);
  };

  const table = (explanation, key) => {
    const { terms, loop } = explanation;
    const columns = columnsOf(terms);
    const shown = rows(explanation, columns, ui.state.opened.has(key));
    const cut = shown.length < terms.length;
    const [a, b] = ["a", "b"].map((side, i) => headingOf(terms, side, columns[i]));
    const running = ui.word("running", Reel.text("running"));
    const head = [...loop.map((name) => [name, "loop"]), a, "", b, Reel.text("product"), running, ["", "said"]];
    return [
      ui.table(cut ? "terms cut" : "terms", head, shown),
      cut && ui.more(restText(explanation, shown.length), key),
    ];
  };

  // ---- One event: a value, or what one op added to a gradient.

  // "from y = mul(x, x)", and of an op that reads it twice as which input.
  const sourceOf = (event) => {
    const { op, node, input } = ui.trace.events[event];
    const twice = ui.trace.nodes[op].inputs.filter((one) => one === node).length > 1;
    const parts = [ui.nameOf(op), ui.callText(op), input + 1];
    return Reel.text(twice ? "from {0} = {1}, as input {2}" : "from {0} = {1}", ...parts);
  };

  const contribution = (event, element, several) => {
    const explanation = ui.explain(event, element);
    const from = several && el("h3", sourceOf(event), explanation ? `: ${Reel.format(explanation.stored)}` : "");
    if (!explanation) return { parts: [from, ui.note(ui.trace.unsupported(event, element) || Reel.text("No explanation."))] };
    const count = explanation.terms.length;
    return {
      explanation,
      parts: [
        from,
        el(
          "p.formula",
          explanation.place && el("span", explanation.place),
          el("code", `= ${explanation.formula}`),
          el("span.count", Reel.counted(count, "{0} term", "{0} products")),
        ),
        table(explanation, `why ${event}`),
      ],
    };
  };

  // ---- The audit.

  // The contributions of several ops, summed up, beside the gradient as it is stored.
  const totalOf = (explanations, stored) => {
    const total = (field) => explanations.reduce((sum, e) => sum + e[field], 0);
    const sum = total("sum");
    const tolerance = total("tolerance");
    const same = Object.is(Math.fround(sum), stored); // NaN and infinities have no difference
    const residual = same ? 0 : Math.abs(sum - stored);
    const ok = (same || residual <= tolerance) && explanations.every((e) => e.ok);
    return { sum, stored, residual, tolerance, ok };
  };

  const differenceText = (stored, sum, residual) =>
    !Number.isFinite(stored) && Object.is(stored, sum) ? Reel.text("none, both {0}", Reel.format(sum)) : Reel.format(residual);

  const audit = ({ stored, sum, residual, tolerance, ok }) => {
    const disagree = Reel.text(
      "More than rounding explains, which is {0}: the page and the program disagree.",
      Reel.format(tolerance),
    );
    return el(
      "dl.audit",
      { id: "why-audit", "data-ok": String(ok) },
      ui.fact(ui.word("stored", Reel.text("stored")), Reel.format(stored)),
      ui.fact(ui.word("re-summed", Reel.text("re-summed here")), Reel.format(sum)),
      ui.fact(Reel.text("difference"), `${differenceText(stored, sum, residual)} ${ok ? "✓" : "✗"}`, {
        class: ok ? "good" : "bad",
        title: Reel.text("allowed: {0}", Reel.format(tolerance)),
      }),
      ok ? null : el("p.bad", disagree),
    );
  };

  // Of what is explained; where an op says nothing there is no sum to compare.
  const auditOf = (all, focus) => {
    const explanations = all.flatMap((one) => one.explanation || []);
    if (explanations.length < all.length) return null;
    const [{ set, sum }] = explanations;
    if (set) {
      return el("p.audit", { id: "why-audit", "data-ok": "set" }, ui.setNote(focus, sum));
    }
    return audit(all.length === 1 ? explanations[0] : totalOf(explanations, ui.number(focus)));
  };

  const costOf = Reel.remembering((trace) => trace.cost().reduce((sum, { macs }) => sum + macs, 0));

  const wordsOfCheck = () => ({
    differences: Reel.text("differences"),
    h: "h",
    digits: Reel.text("digits"),
    flip: Reel.text("flip"),
    flips: Reel.text("flips"),
    kink: Reel.text("kink"),
  });

  const checkResult = ({ node, element }) => {
    const result = ui.trace.check(node, element);
    if (result.reason) return [result.reason];
    const events = ui.trace.gradEvents(node);
    const known = events.length > 0 && events.every(ui.happened);
    const flips = result.flips.reduce((sum, flip) => sum + flip.count, 0);
    const notYet = Reel.text("differences {0}; backward has not yet come here", Reel.format(result.numeric));
    const kink = flips === 1 ? "{0}; {1} flip: a kink, not a bug" : "{0}; {1} flips: a kink, not a bug";
    const differences = flips ? Reel.text(kink, notYet, flips) : notYet;
    const text = ui.withWords(known ? result.text : differences, wordsOfCheck());
    return [el("b", `${ui.label({ node, gradient: true, element })}: `), ...text];
  };

  // Runs the program twice, so after everything else is on the screen; the latest question alone is answered.
  let asked = 0;
  const check = (focus) => {
    const output = el("div.check", { id: "why-check", "aria-busy": "true" }, Reel.text("checking by finite differences …"));
    const run = () => {
      output.removeAttribute("aria-busy");
      output.replaceChildren(...checkResult(focus));
    };
    const turn = ++asked;
    if (costOf(ui.trace) <= kQuick) setTimeout(() => turn === asked && output.isConnected && run(), kPause);
    else output.replaceChildren(ui.button(Reel.text("Check by finite differences"), run, { class: "quiet" }));
    return output;
  };

  // ---- Where the number goes.

  // The factor is made of numbers that must have come to be.
  const use = ({ node, element, factor: by, note, reason }) =>
    el(
      "li",
      reason
        ? `${ui.nameOf(node)}: ${reason}`
        : [
            Reel.pieces(
              ui.happened(ui.trace.valueEvent(node)) ? "{0} by the factor {1}" : "{0}, not yet computed",
              ui.link({ node, gradient: false, element }),
              Reel.format(by),
            ),
            note ? ` (${note})` : "",
          ],
    );

  const readers = ({ node, element }) => {
    const uses = ui.trace.uses(node, element);
    if (!uses.length) return null;
    return el(
      "details.uses",
      el("summary", Reel.text("what reads this number")),
      el("ul", uses.slice(0, kUses).map(use)),
      uses.length > kUses && ui.note(Reel.text("… {0} more.", uses.length - kUses)),
    );
  };

  // ---- The panel.

  const givenText = (focus) => {
    if (focus.gradient) return ui.seedText();
    return Reel.text(ui.isSet(focus) ? "Set by hand." : "Given: nothing computed it.");
  };

  const answer = (focus) => {
    const { node, gradient, element } = focus;
    const events = ui.eventsOf(node, gradient).filter(ui.happened);
    if (!events.length) return ui.notYet(node, gradient);
    if (Reel.numel(ui.trace.nodes[node].shape) === 0) return ui.noElements(node);
    if (ui.given(node, gradient)) {
      return [
        headline(focus),
        ui.note(givenText(focus)),
        !gradient && ui.trace.gradEvents(node).length ? check(focus) : null,
        readers(focus),
      ];
    }
    if (ui.hidden(focus)) return [headline(focus), ui.note(Reel.text("Hidden: answer it in “Exercises” below, or turn that off."))];
    const all = events.map((event) => contribution(event, element, events.length > 1));
    return [
      headline(focus),
      el("div", { id: "why-table" }, ...all.map(({ parts }) => parts)),
      auditOf(all, focus),
      check(focus),
      readers(focus),
    ];
  };

  const headline = (focus) => {
    const value = ui.number(focus);
    const hide = ui.hidden(focus);
    return el(
      "p.headline",
      { tabindex: -1 }, // what the keyboard comes to where a link that it followed is gone
      el("b", ui.label(focus)),
      " = ",
      value === null && !hide ? el("strong", Reel.text("not in the page")) : ui.numeral("strong", value, hide),
    );
  };

  const draw = ({ focus }) => {
    const input = document.getElementById("why-input");
    if (document.activeElement !== input) input.value = ui.label(focus);
    document.getElementById("why-error").textContent = "";
    return answer(focus);
  };

  /// Moves to a time and to a number by its name, as far as they are given; what is wrong with the name is said.
  ui.ask = (name, time) => {
    const change = time === undefined ? {} : { time };
    let wrong = "";
    try {
      if (name !== undefined) {
        const { node, gradient, element } = ui.trace.parse(name);
        change.focus = { node, gradient, element: element ?? 0 };
      }
    } catch (error) {
      wrong = error.message;
    }
    if (Object.keys(change).length) ui.update(change);
    document.getElementById("why-error").textContent = wrong;
    if (wrong) ui.say(wrong, true);
  };

  const shown = ({ time, focus, predict, solved, opened }) => [time, focus, predict, solved, opened];
  ui.panel("panel-why", shown, draw);
}
