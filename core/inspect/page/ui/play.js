"use strict";
// What plays: the events of the step, or a window that slides. One thing at a time, at one speed for all; where the
// system asks for less motion, a press is one step.
{
  const { ui } = Reel;
  const kPauses = { slow: 1400, normal: 600, fast: 150 }; // milliseconds from step to step
  let timer = 0;

  const stop = () => {
    clearTimeout(timer);
    ui.update({ playing: null });
  };

  // `step` makes one and says whether there are more; whoever does something else meanwhile stops it.
  const run = (what, step) => {
    timer = setTimeout(() => {
      if (ui.state.playing !== what) return;
      if (step()) run(what, step);
      else stop();
    }, kPauses[ui.state.speed]);
  };

  const play = (what, step) => {
    clearTimeout(timer);
    if (ui.state.playing === what) return stop();
    const more = step();
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    ui.update({ playing: more && !still ? what : null });
    if (ui.state.playing) run(what, step);
  };

  /// A button that plays and pauses: `what` is its name among those that play.
  ui.playButton = (what, texts, step, attributes = {}) => {
    const on = ui.state.playing === what;
    return ui.button(on ? texts.pause : texts.play, () => play(what, step), {
      "aria-pressed": String(on),
      "data-key": `play-${what}`,
      ...attributes,
    });
  };
  ui.stopPlaying = () => ui.state.playing && stop();

  /// How fast all that plays goes.
  ui.speedChoice = () => {
    const texts = { slow: Reel.text("slow"), normal: Reel.text("normal"), fast: Reel.text("fast") };
    return ui.selection(Reel.text("speed"), texts, ui.state.speed, (speed) => ui.update({ speed }));
  };
}
