"use strict";
// What a wrong answer may have gone wrong with: the sign, a term that was left out, a relu that is off.
{
  const { ui } = Reel;

  /// Whether an answer will do. As in the terminal: whole numbers are exact, of others three digits are enough.
  ui.agrees = (guess, value) => {
    if (guess === null) return false;
    if (guess === value || Object.is(guess, value)) return true;
    return value !== Math.round(value) && Math.abs(guess - value) <= 1e-3 * Math.abs(value);
  };

  /// "dz[0,0,1,1] × x[0,1,1,2] = -1.5 × 6"
  ui.termText = ({ a, b }) => {
    const [names, values] = [({ name }) => name, ({ value }) => Reel.format(value)].map((text) =>
      [a, b].map(text).join(" × "),
    );
    return names === values ? values : `${names} = ${values}`;
  };

  const termThat = (terms, explains) => terms.findIndex(({ product }) => product !== 0 && explains(product));
  const isGate = ({ called, value }) => value === 0 && called?.endsWith("'"); // the slope of a relu that is off
  const kMistakes = [
    (given, sum) => ui.agrees(given, -sum) && Reel.text("The size is right, the sign is not."),
    (given, sum, terms) => {
      const k = termThat(terms, (product) => ui.agrees(given, sum - product));
      return (
        k >= 0 &&
        Reel.text("The first wrong term is {0}: it is left out, and is {1}.", k + 1, ui.termText(terms[k]))
      );
    },
    (given, sum, terms) => {
      const k = termThat(terms, (product) => ui.agrees(given, sum - 2 * product));
      return (
        k >= 0 &&
        Reel.text("The first wrong term is {0}: it has the other sign. It is {1}.", k + 1, ui.termText(terms[k]))
      );
    },
    (given, sum, terms) => {
      const all = terms.reduce((total, { a, b }) => total + (isGate(b) ? a.value : a.value * b.value), 0);
      return ui.agrees(given, all) && !ui.agrees(all, sum) && Reel.text("A relu that is off lets no gradient through.");
    },
  ];

  /// What is said of an answer that will not do, null where it is no number.
  ui.mistakeOf = (given, sum, terms) => {
    if (given === null) return Reel.text("That is not a number: write it as -1.5, -1,5, 5/4 or 1e-3.");
    for (const mistake of Number.isFinite(given) ? kMistakes : []) {
      const said = mistake(given, sum, terms);
      if (said) return said;
    }
    return Reel.text("Not that.");
  };
}
