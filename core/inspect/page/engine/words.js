"use strict";
// The page's words: each sentence is one pattern in English, which is also its name in the tables of other languages.
{
  let table = new Map(); // of the language that is spoken: from English patterns to its own; of English none

  /** Takes another language's {pattern: its own}; what it lacks stays English. */
  Reel.speak = (words = {}) => (table = new Map(Object.entries(words)));

  /** The first language of some tags that is one of `known`: "zh" of "zh-CN". */
  Reel.languageOf = (tags, known) =>
    tags.map((tag) => tag?.split("-")[0].toLowerCase()).find((tag) => known.includes(tag));

  /** "{0} of {1}" as a list of its pieces, with the values, which may be elements, in their places. */
  Reel.pieces = (pattern, ...values) =>
    (table.get(pattern) ?? pattern).split(/(\{\d\})/).map((piece, i) => (i % 2 ? (values[piece[1]] ?? piece) : piece));

  /** The same as a text. */
  Reel.text = (pattern, ...values) => Reel.pieces(pattern, ...values).join("");

  /** Sentences one after the other; behind a full-width stop there is no blank. */
  Reel.sentences = (...all) => all.filter(Boolean).join(" ").replace(/([。：]) /g, "$1");

  /** The pattern for one, else that for many: "{0} flip", "{0} flips". */
  Reel.counted = (count, one, many) => Reel.text(count === 1 ? one : many, count);
}
