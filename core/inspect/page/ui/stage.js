"use strict";
// The stage: a picture of the number that the page speaks of, by the way that suits what computed it.
{
  const { ui } = Reel;
  const { el } = ui;

  // ---- What is asked: the event that made the number; of several that added to it the last or the chosen one.

  const targetOf = ({ focus, part }) => {
    const events = ui.eventsOf(focus.node, focus.gradient).filter(ui.happened);
    const event = events.includes(part) ? part : events.at(-1);
    const { op, kind, input } = ui.trace.events[event];
    return { event, op, input: kind === "backward" ? input : -1, events };
  };

  const kWays = {
    matrices: { text: () => Reel.text("matrices"), applies: ui.showsMatrices, stage: ui.matricesStage },
    window: { text: () => Reel.text("window"), applies: ui.showsWindow, stage: ui.windowStage },
    terms: { text: () => Reel.text("terms"), applies: () => true, stage: ui.termsStage },
  };

  // Ways by their names that apply; the first of them is taken where nobody asked for another.
  const waysFor = (target) => Object.keys(kWays).filter((way) => kWays[way].applies(target));

  const wayChoice = (ways, way) => {
    const texts = Object.fromEntries(ways.map((one) => [one, kWays[one].text()]));
    return ways.length > 1 && ui.choice(Reel.text("shown as"), texts, way, (to) => ui.update({ way: to }));
  };

  // ---- A gradient that several ops add to.

  const kFew = 4; // that are buttons

  const contributionText = (event, element) => {
    const added = ui.trace.made(event).data?.[element];
    return Reel.text(
      "{0} from {1}",
      added === undefined ? "…" : Reel.format(added),
      ui.nameOf(ui.trace.events[event].op),
    );
  };

  const contributions = ({ event, events }, focus) => {
    if (ui.trace.gradEvents(focus.node).length < 2 || ui.hidden(focus)) return null;
    const texts = Object.fromEntries(events.map((one) => [one, contributionText(one, focus.element)]));
    const pick = (to) => ui.update({ part: Number(to) });
    return el(
      "div.contributions",
      el(
        "span",
        ui.withWords(Reel.text("{0} contributions add up to {1}:", events.length, ui.told(focus)), {
          contributions: Reel.text("contributions"),
        }),
      ),
      events.length > kFew
        ? ui.selection(Reel.text("contribution"), texts, String(event), pick)
        : ui.choice(Reel.text("contribution"), texts, String(event), pick),
    );
  };

  // ---- The panel.

  const titleOf = (focus) => {
    const goes = !focus.gradient && ui.given(focus.node, false);
    return Reel.text(goes ? "Where {0} goes" : "How {0} comes about", ui.label(focus));
  };

  const picture = (state) => {
    const { focus } = state;
    const target = targetOf(state);
    const reason = ui.trace.unsupported(target.event, focus.element);
    if (reason) return [contributions(target, focus), ui.note(reason)];
    const ways = waysFor(target);
    const way = ways.includes(state.way) ? state.way : ways[0];
    const { controls, facts, body } = kWays[way].stage(target, state);
    return [
      el("div.controls", controls, wayChoice(ways, way)),
      contributions(target, focus),
      body,
      el("p.facts", facts),
    ];
  };

  const draw = (state) => {
    const { node, gradient } = state.focus;
    document.getElementById("stage-title").textContent = titleOf(state.focus);
    if (!ui.tensor(node, gradient)) return ui.notYet(node, gradient);
    if (Reel.numel(ui.trace.nodes[node].shape) === 0) return ui.noElements(node);
    if (!ui.given(node, gradient)) return picture(state);
    return gradient
      ? ui.note(ui.seedText())
      : ui.givenStage(state.focus);
  };

  const shown = ({ time, focus, way, part, cell, flip, predict, solved, opened, playing, speed }) => [
    time,
    focus,
    way,
    part,
    cell,
    flip,
    predict,
    solved,
    opened.has("window"),
    playing === "slide",
    speed,
  ];
  ui.panel("panel-stage", shown, draw);

  // A window is one of the number's own; what slides stays with its tensor.
  ui.after.push(({ focus, cell, playing }, previous) => {
    const moved = focus.node !== previous.focus.node || focus.gradient !== previous.focus.gradient;
    if (moved && cell) ui.update({ cell: null });
    if (moved && playing === "slide") ui.stopPlaying();
  });
}
