"use strict";
// For the hall and the script: large type, one panel alone, and "?embed=stage", one panel as a part of another
// document.
{
  const { ui } = Reel;
  const { el } = ui;
  const root = document.documentElement;
  const kExpand = "M10 2h4v4M14 2 9.5 6.5M6 14H2v-4M2 14l4.5-4.5";

  // ---- Large type.

  let zoom = null;
  /// How large type is: 1 where a rem has 16 pixels. Pictures that are drawn in pixels follow it.
  ui.zoom = () => (zoom ??= Number.parseFloat(getComputedStyle(root).fontSize) / 16);

  ui.toggleLarge = () => {
    root.toggleAttribute("data-large");
    fit();
  };

  // ---- One panel alone.

  const kSizes = [44, 38, 32, 28, 24, 20, 16, 13]; // pixels of a rem that are tried
  let alone = null;

  const overflows = () => {
    const { scrollHeight, clientHeight } = document.scrollingElement;
    const rows = [...alone.querySelectorAll(".scroll, .window-rows, .network-frame")];
    return scrollHeight > clientHeight || rows.some((row) => row.scrollWidth > row.clientWidth + 1);
  };

  // Type as large as leaves all of a panel that is alone in sight; only in another document it may be less than usual.
  const fit = () => {
    root.style.fontSize = "";
    const usual = Number.parseFloat(getComputedStyle(root).fontSize);
    const fits = (size) => {
      root.style.fontSize = `${size}px`;
      return !overflows();
    };
    const sizes = alone ? kSizes.filter((size) => size > usual || isEmbedded()) : [];
    if (!sizes.some(fits)) root.style.fontSize = "";
    zoom = null;
    ui.restyle();
  };

  const setAlone = (panel) => {
    alone = panel;
    root.toggleAttribute("data-alone", panel !== null);
    for (const one of ui.panels()) {
      one.classList.toggle("alone", one === panel);
      one.querySelector(".expand").setAttribute("aria-pressed", String(one === panel));
    }
    fit();
  };

  ui.isAlone = () => alone !== null;
  const isEmbedded = () => root.hasAttribute("data-embed");
  const toggleAlone = (panel) => !isEmbedded() && setAlone(alone ? null : panel);

  /// The panel that has the keyboard, or the stage, alone; or all again.
  ui.toggleAlone = () => {
    const held = document.activeElement.closest("section[id^=panel-]");
    toggleAlone(ui.panels().includes(held) ? held : document.getElementById("panel-stage"));
  };
  ui.leaveAlone = () => alone && toggleAlone(alone);

  /// Brings a panel in sight.
  ui.reveal = (id) => {
    if (alone && alone.id !== id && id !== "panel-time") ui.leaveAlone();
    document.getElementById(id).scrollIntoView({ block: "nearest" });
  };

  // One that has nothing to say of the number is left; in another document that is said in its place.
  const nothing = el("p.absent.nothing");
  const heedHidden = () => {
    if (alone?.hidden && !isEmbedded()) setAlone(null);
    nothing.hidden = !alone?.hidden;
    nothing.textContent = Reel.text("This panel has nothing to say of the chosen number.");
  };

  // ---- As a part of another document.

  const embed = (name) => {
    const panel = ui.panels().find((one) => ui.panelName(one) === name);
    if (!panel) {
      const names = ui.panels().map(ui.panelName).join(", ");
      return ui.say(Reel.text("embed={0}: the page has no such panel; it has {1}.", name, names), true);
    }
    root.setAttribute("data-embed", "");
    document.body.append(nothing);
    setAlone(panel);
    heedHidden();
  };

  ui.startHall = () => {
    ui.addTool((panel) =>
      ui.button(ui.icon(kExpand), () => toggleAlone(panel), {
        class: "expand",
        title: Reel.text("this panel alone (o)"),
        "aria-label": Reel.text("this panel alone"),
        "aria-pressed": String(panel === alone),
      }),
    );
    ui.after.push(heedHidden);
    window.addEventListener("resize", () => alone && fit());
    const wish = new URLSearchParams(location.search).get("embed");
    if (wish !== null) embed(wish);
  };
}
