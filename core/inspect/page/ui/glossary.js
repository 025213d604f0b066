"use strict";
// What inspection's words mean: told beside a word that the pointer or the keyboard comes to, and listed with the keys.
{
  const { ui } = Reel;
  const { el } = ui;
  const kGap = 6; // pixels between a word and what is told of it

  const entryOf = (word) => ui.lesson.glossary.find((entry) => entry.word === word || entry.others.includes(word));

  // `commands` of the terminal stand in a text as these do.
  const textOf = (entry) =>
    Reel.text(entry.text)
      .split("`")
      .map((part, i) => (i % 2 ? el("code", part) : part));

  /// A word of the glossary, as it stands in a sentence or above a column.
  ui.word = (word, text) =>
    el("span.word", { tabindex: 0, "data-word": word, "aria-describedby": "meaning" }, text);

  /// The same of what may be none of its words.
  ui.glossed = (text) => (entryOf(text) ? ui.word(text, text) : text);

  // Of letters with spaces between words a word ends where they do.
  const patternOf = (word) => {
    const plain = word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
    return /^[\x20-\x7e]+$/.test(word) ? `(?<![\\p{L}\\p{N}-])${plain}(?![\\p{L}\\p{N}-])` : plain;
  };

  /// A sentence in which some words are the glossary's, each where it first stands: {events: what it is called there}.
  ui.withWords = (sentence, words) => {
    const open = new Map(Object.entries(words).map(([word, text]) => [text, word]));
    const pattern = new RegExp(`(${[...open.keys()].map(patternOf).join("|")})`, "u");
    return sentence.split(pattern).map((part, i) => {
      const word = i % 2 ? open.get(part) : undefined;
      open.delete(part);
      return word ? ui.word(word, part) : part;
    });
  };

  /// What the seed is, which is given and has no reasons.
  ui.seedText = () =>
    ui.withWords(Reel.text("The seed: the loss changes by itself as itself, 1."), { seed: Reel.text("seed") });

  // ---- What is told beside a word.

  const meaning = el("div", { id: "meaning", role: "tooltip", hidden: true });

  const place = ({ left, bottom, top }) => {
    const { width, height } = meaning.getBoundingClientRect();
    const x = Math.max(kGap, Math.min(left, document.documentElement.clientWidth - width - kGap));
    const below = bottom + kGap + height <= innerHeight || top < height;
    const y = below ? bottom + kGap : top - kGap - height;
    meaning.style.left = `${x + scrollX}px`;
    meaning.style.top = `${y + scrollY}px`;
  };

  const tell = ({ target }) => {
    const word = target.closest?.("[data-word]");
    if (!word) return;
    const entry = entryOf(word.dataset.word);
    meaning.replaceChildren(el("b", Reel.text(entry.word)), " ", ...textOf(entry));
    meaning.hidden = false;
    place(word.getBoundingClientRect());
  };
  const hush = () => (meaning.hidden = true);

  /// All of them, as a list.
  ui.glossaryList = () =>
    el(
      "dl.glossary",
      ui.lesson.glossary.map((entry) => ui.fact(Reel.text(entry.word), textOf(entry))),
    );

  ui.startGlossary = () => {
    document.body.append(meaning);
    for (const kind of ["pointerover", "focusin"]) document.addEventListener(kind, tell);
    for (const kind of ["pointerout", "focusout"]) document.addEventListener(kind, hush);
    document.addEventListener("keydown", ({ key }) => key === "Escape" && hush());
  };
}
