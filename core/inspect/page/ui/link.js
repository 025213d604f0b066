"use strict";
// Deep links: "#t=9&why=dw[0,1,0,1]" says where the page stands, "ask" in place of "why" hides the number as an exercise,
// "lang=zh" is a language that was asked for. It is kept up to date, so that the address can be copied at any moment.
{
  const { ui } = Reel;
  let written = "";

  // A "+" is itself: a space is written as %20.
  const parts = () => Object.fromEntries(new URLSearchParams(location.hash.slice(1).replaceAll("+", "%2B")));

  /// Moves to where the address says.
  ui.followLink = () => {
    const { t, why, ask, lang } = parts();
    if (lang !== undefined) ui.setLanguage(lang);
    const time = /^\d+$/.test(t) ? Math.min(ui.trace.events.length, Number(t)) : undefined;
    if (ask === undefined) ui.ask(why, time);
    else ui.exercise(ask, time);
  };

  ui.startLinks = () => {
    ui.after.push(({ time, focus }) => {
      written = ui.hash(time, focus, ui.hidden(focus) ? "ask" : "why");
      try {
        if (location.hash !== written) history.replaceState(null, "", written);
      } catch {
        // A browser allows so many in a while; the next change writes it.
      }
    });
    window.addEventListener("hashchange", () => {
      if (location.hash !== written) ui.followLink();
    });
  };
}
