"use strict";
// Tensors of the page: how they are packed, where an element lies, and how numbers are written. The first
// script of the engine: it makes the one global object that all scripts share. Each script is a block, so
// that its helpers stay its own.
globalThis.Reel = { ops: Object.create(null) };
{
  Reel.numel = (shape) => shape.reduce((n, size) => n * size, 1);

  /** The index along each dimension of the element at a place in row-major order. */
  Reel.index = (shape, element) => {
    const index = new Array(shape.length);
    for (let d = shape.length; d-- > 0;) {
      index[d] = element % shape[d];
      element = Math.floor(element / shape[d]);
    }
    return index;
  };

  /** The other way round. */
  Reel.element = (shape, index) => shape.reduce((element, size, d) => element * size + index[d], 0);

  /** "[0,1,0,1]"; "" of nothing, as of a scalar's index. */
  Reel.bracketed = (index) => (index.length === 0 ? "" : `[${index.join(",")}]`);
  /** "" too in a tensor without elements, where there is nothing to name. */
  Reel.indexText = (shape, element) =>
    Reel.numel(shape) === 0 ? "" : Reel.bracketed(Reel.index(shape, element));

  /** Names for a loop over a tensor: n,c,i,j for images [N,C,H,W], else i,j,k,... */
  Reel.loopNames = (shape) =>
    shape.length === 4
      ? ["n", "c", "i", "j"]
      : shape.map((_, d) => String.fromCharCode("i".charCodeAt(0) + d));

  /** "[1,2,3,3]", as errors and headings write a shape. */
  Reel.shapeText = (shape) => `[${shape.join(",")}]`;

  /** base64 of little-endian float32 -> Float32Array. */
  Reel.decode = (base64) => {
    const text = atob(base64);
    const bytes = new Uint8Array(text.length);
    for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
    const numbers = new Float32Array(bytes.length / 4);
    const view = new DataView(bytes.buffer);
    for (let i = 0; i < numbers.length; i++) numbers[i] = view.getFloat32(4 * i, true);
    return numbers;
  };

  /** Numbers that JSON cannot say are texts: "inf", "-inf", "nan". */
  Reel.numberOf = (x) => (typeof x === "string" ? Number(x.replace("inf", "Infinity")) : x);

  /** As printf's %g with `digits` significant digits: "-1.5", "1e-05", "nan", "-inf"; a zero has no sign. */
  Reel.format = (number, digits = 6) => {
    if (Number.isNaN(number)) return "nan";
    if (!Number.isFinite(number)) return number > 0 ? "inf" : "-inf";
    if (number === 0) return "0";
    const [mantissa, exponent] = number.toExponential(digits - 1).split("e");
    const power = Number(exponent);
    const trimmed = (text) => (text.includes(".") ? text.replace(/\.?0+$/, "") : text);
    if (power >= -4 && power < digits) return trimmed(number.toFixed(digits - 1 - power));
    const size = String(Math.abs(power)).padStart(2, "0");
    return `${trimmed(mantissa)}e${power < 0 ? "-" : "+"}${size}`;
  };

  // Levenshtein's distance, where two neighbours that changed places count once and case does not. Entry [i][j]
  // of the table is that of the first i characters of a and the first j of b.
  const editDistance = (a, b) => {
    const table = [];
    for (let i = 0; i <= a.length; i++) {
      table.push([i]);
      for (let j = 1; j <= b.length; j++) {
        table[i][j] = j;
        if (i === 0) continue;
        const replaced = table[i - 1][j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1);
        table[i][j] = Math.min(replaced, table[i - 1][j] + 1, table[i][j - 1] + 1);
        const crossed = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
        if (crossed) table[i][j] = Math.min(table[i][j], table[i - 2][j - 2] + 1);
      }
    }
    return table[a.length][b.length];
  };
  const commonBeginning = (a, b) => {
    let length = 0;
    while (length < a.length && a[length] === b[length]) length++;
    return length;
  };

  /** The word that somebody who mistyped it may have meant, "" where none comes close; of equals, the one that
   *  begins alike. As the terminal suggests. */
  Reel.nearest = (word, words) => {
    let best = { word: "", distance: Math.floor(word.length / 2) + 1, beginning: word.length }; // from there no help
    for (const candidate of words) {
      const [a, b] = [word.toLowerCase(), candidate.toLowerCase()];
      const distance = editDistance(a, b);
      const beginning = commonBeginning(a, b);
      if (distance > best.distance || (distance === best.distance && beginning <= best.beginning)) continue;
      best = { word: candidate, distance, beginning };
    }
    return best.word;
  };

  /** f with its results kept: of objects as long as they live, of other arguments in a `known` of one's own. */
  Reel.remembering =
    (f, known = new WeakMap()) =>
    (key) => {
      if (!known.has(key)) known.set(key, f(key));
      return known.get(key);
    };
}
