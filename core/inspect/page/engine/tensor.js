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

  // Levenshtein's distance, by rows of the table of the distances of all beginnings.
  const editDistance = (a, b) => {
    let row = Array.from({ length: b.length + 1 }, (_, j) => j);
    for (let i = 0; i < a.length; i++) {
      const next = [i + 1];
      for (let j = 0; j < b.length; j++) {
        next.push(Math.min(row[j] + (a[i] === b[j] ? 0 : 1), row[j + 1] + 1, next[j] + 1));
      }
      row = next;
    }
    return row[b.length];
  };

  /** The word that somebody who mistyped it may have meant, "" where none comes close. */
  Reel.nearest = (word, words) => {
    let best = "";
    let limit = Math.floor(word.length / 2) + 1; // beyond it a suggestion is no help
    for (const candidate of words) {
      const distance = editDistance(word, candidate);
      if (distance >= limit) continue;
      limit = distance;
      best = candidate;
    }
    return best;
  };

  /** "1 flip", "2 flips" */
  Reel.counted = (count, noun) => `${count} ${noun}${count === 1 ? "" : "s"}`;
}
