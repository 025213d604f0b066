"use strict";
// What was asked for, what was answered to it, the score, and the file that a student hands in.
{
  const { ui } = Reel;

  const entries = []; // in the order in which they were begun
  const fresh = { tries: [], hints: 0, said: () => "", result: "open" };
  const same = (number) => (entry) => entry.trace === ui.trace && entry.key === ui.focusKey(number);

  // Of what was noted the panels are told by a count.
  const note = (number, more) => {
    let entry = entries.find(same(number));
    if (!entry) entries.push((entry = { trace: ui.trace, key: ui.focusKey(number), name: ui.label(number), ...fresh }));
    Object.assign(entry, more);
    ui.update({ noted: (ui.state.noted ?? 0) + 1 });
  };

  /// How far a number's exercise is: {tries: [text], hints, said: () => text, result: "open", "right"
  /// or "shown"}.
  ui.exerciseOf = (number) => entries.find(same(number)) ?? fresh;

  /// An answer, and what is said of it, in the language that is then spoken.
  ui.noteTry = (number, text, said, right) => {
    const { tries } = ui.exerciseOf(number);
    note(number, { tries: [...tries, text], said, result: right ? "right" : "open" });
  };
  ui.noteHints = (number, hints) => note(number, { hints });
  ui.noteShown = (number, said) => note(number, { said, result: "shown" });

  ui.score = () => ({ right: entries.filter(({ result }) => result === "right").length, asked: entries.length });

  // ---- The questions that came with the page.

  const placesOf = Reel.remembering((trace) =>
    trace.questions.map(({ number }) => {
      try {
        return trace.parse(number);
      } catch {
        return null; // which is said when it is asked
      }
    }),
  );

  /// Which of them asks for a number, -1 for none.
  ui.questionOf = ({ node, gradient, element }) =>
    placesOf(ui.trace).findIndex((at) => at?.node === node && at.gradient === gradient && (at.element ?? 0) === element);
  /// How the one at a position is going.
  ui.resultOf = (position) => {
    const at = placesOf(ui.trace)[position];
    return at ? ui.exerciseOf({ ...at, element: at.element ?? 0 }).result : "open";
  };

  /// Asks for a number by its name: it is hidden from then on.
  ui.exercise = (name, time) => {
    ui.update({ predict: true });
    ui.ask(name, time);
  };

  // ---- The file.

  const changesOf = ({ changes }) => changes.map((set) => `${ui.label(set)} = ${Reel.format(set.value)}`);

  const saved = (name) => ({
    page: document.title,
    name,
    ...ui.score(),
    questions: entries.map(({ trace, name: number, tries, hints, result }) => ({
      number,
      changes: changesOf(trace),
      tries,
      hints,
      result,
    })),
  });

  /// Gives the browser the results as a file to keep.
  ui.saveResults = (name) => {
    const file = new Blob([JSON.stringify(saved(name), null, 2), "\n"], { type: "application/json" });
    ui.saveFile(`exercises-${ui.fileName(name) || "answers"}.json`, file);
  };
}
