"use strict";
// The page's words: each sentence is one pattern in English, which is also its name in the tables of other languages.
{
  /** "{0} of {1}" with the values in their places. */
  Reel.text = (pattern, ...values) => pattern.replace(/\{(\d)\}/g, (_, i) => values[i]);
}
