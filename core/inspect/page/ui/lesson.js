"use strict";
// The lesson: its story, whose numbers are links, commands to try, and the way to the lessons before and after it.
{
  const { ui } = Reel;
  const { el } = ui;

  // "z[0,0,1,1]", "conv1.weight[0,0,2,2]"
  const kNumber = /([\p{L}_#][\p{L}\p{N}_.]*\[\d+(?:, ?\d+)*\])/u;

  /// What the page tells, in the language that is spoken where it was translated to that.
  ui.telling = () => ({ ...ui.lesson, ...ui.lesson.translations[ui.state.language] });

  // ---- The story.

  // The number that a name is of, or null.
  const numberCalled = (name) => {
    try {
      const { node, gradient, element } = ui.trace.parse(name);
      return { node, gradient, element };
    } catch {
      return null;
    }
  };

  const linkTo = (number, name) =>
    el(
      "a.number",
      {
        href: ui.hash(ui.timeFor(number), number),
        "aria-current": ui.focusKey(number) === ui.focusKey(ui.state.focus) ? "true" : null,
      },
      name,
    );

  const withLinks = (text) =>
    text.split(kNumber).map((part, i) => {
      const number = i % 2 ? numberCalled(part) : null;
      return number ? linkTo(number, part) : part;
    });

  // Its first paragraph, and the others where they are asked for: what there is to try stays in sight.
  const told = (story) => {
    const paragraphs = story.split("\n\n");
    const open = ui.state.opened.has("lesson");
    const toggle = () => ui.update({ opened: ui.toggled(ui.state.opened, "lesson") });
    return [
      el(
        "div",
        { id: "story", class: open ? null : "folded" },
        paragraphs.map((text) => el("p", withLinks(text))),
      ),
      paragraphs.length > 1 &&
        ui.button(open ? Reel.text("Read less") : Reel.text("Read on"), toggle, {
          class: "quiet",
          "data-key": "lesson-fold",
          "aria-controls": "story",
          "aria-expanded": String(open),
        }),
    ];
  };

  // ---- What to try.

  const tryOf = ({ command, remark }) =>
    el(
      "li",
      ui.knows(command)
        ? ui.button(el("code", command), () => ui.run(command), { "data-key": `try-${command}` })
        : el("code", { title: Reel.text("a command of the terminal") }, command),
      remark && el("span.note", remark),
    );

  const toTry = (tries) => tries.length > 0 && [el("h2", Reel.text("Try")), el("ul.tries", tries.map(tryOf))];

  // ---- The panel.

  // A language that was asked for goes with who reads on.
  const inLanguage = (address) =>
    address.includes("#") ? address + ui.languageHash() : address + ui.languageHash().replace("&", "#");

  const neighbours = ({ previous, contents, next }) =>
    (previous || contents || next) &&
    el(
      "nav.neighbours",
      { "aria-label": Reel.text("lessons") },
      previous && el("a", { href: inLanguage(previous.address), rel: "prev" }, `‹ ${previous.title}`),
      contents && el("a.contents", { href: inLanguage(contents) }, Reel.text("All lessons")),
      next && el("a", { href: inLanguage(next.address), rel: "next" }, `${next.title} ›`),
    );

  const draw = () => {
    const telling = ui.telling();
    const { story, tries } = telling;
    return story || tries.length ? [told(story), toTry(tries), neighbours(telling)] : null;
  };

  ui.panel("panel-lesson", ({ time, focus, opened }) => [time, focus, opened.has("lesson")], draw);
}
