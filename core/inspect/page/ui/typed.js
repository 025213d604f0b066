"use strict";
// Numbers as people type them.
{
  const { ui } = Reel;

  const partOf = (text) => {
    const number = Number(text.replace(/^([+-]?)inf(inity)?$/, "$1Infinity"));
    return text === "" || Number.isNaN(number) ? null : number;
  };

  /// "-1.5", "-1,5", "5/4", "1e-3", "-inf", "nan"; null of what is no number.
  ui.typed = (text) => {
    const plain = text.trim().toLowerCase().replaceAll("−", "-").replaceAll(",", ".");
    if (plain === "nan") return NaN;
    const [above, below = 1, more] = plain.split("/").map((part) => partOf(part.trim()));
    return above === null || below === null || below === 0 || more !== undefined ? null : above / below;
  };
}
