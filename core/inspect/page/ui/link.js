"use strict";
// Deep links: "#t=9&why=dw[0,1,0,1]" says where the page stands. It is kept up to date, so that the address
// can be copied at any moment.
{
  const { ui } = Reel;
  let written = "";

  // A "+" is itself, as encodeURIComponent leaves no other.
  const parts = () => Object.fromEntries(new URLSearchParams(location.hash.slice(1).replaceAll("+", "%2B")));

  /// Moves to where the address says. True where it says anything.
  ui.followLink = () => {
    const { t, why } = parts();
    const count = ui.trace.events.length;
    const change = {};
    if (t !== undefined && /^\d+$/.test(t)) change.time = Math.min(count, Number(t));
    try {
      if (why !== undefined) {
        const { node, gradient, element } = ui.trace.parse(why);
        change.focus = { node, gradient, element: element ?? 0 };
      }
    } catch (error) {
      change.error = error.message;
    }
    const { error, ...rest } = change;
    if (Object.keys(rest).length) ui.update(rest);
    document.getElementById("why-error").textContent = error ?? "";
    if (error) ui.say(error, true);
    return Object.keys(change).length > 0;
  };

  ui.startLinks = () => {
    ui.after.push(({ time, focus }) => {
      written = ui.hash(time, focus);
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
