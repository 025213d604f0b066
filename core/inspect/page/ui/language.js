"use strict";
// The language of the page: what the address asks for, else what the program that wrote it chose, else the reader's. A
// switch in the masthead changes it at once.
{
  const { ui } = Reel;
  const kNames = { en: "EN", zh: "中文" };
  const kSwitch = "Language / 语言"; // for readers of each, and the same in each: the keyboard stays at the switch
  let tables = {}; // of the words by language; English has none
  let isAskedFor = false; // in the address or by the switch: then links keep it

  // undefined of what the page does not speak
  const known = (...tags) => Reel.languageOf(tags, Object.keys(kNames));
  const inAddress = () => known(...[location.hash, location.search].map((part) => new URLSearchParams(part.slice(1)).get("lang")));

  // ---- What stands in page.html: its English is kept beside what is shown.

  const kPlaces = [
    ["[data-text]", "text", (element) => element.textContent, (element, text) => (element.textContent = text)],
    ["[data-label]", "label", (element) => element.ariaLabel, (element, text) => (element.ariaLabel = text)],
  ];

  const translateMarkup = () => {
    for (const [selector, kept, read, write] of kPlaces) {
      for (const element of document.querySelectorAll(selector)) {
        element.dataset[kept] ||= read(element);
        write(element, Reel.text(element.dataset[kept]));
      }
    }
  };

  // ---- The choice.

  const speak = (language) => {
    Reel.speak(tables[language]);
    document.documentElement.lang = language;
    ui.state.language = language;
    translateMarkup();
  };

  /// Draws the page in a language that was asked for; another than those it speaks changes nothing.
  ui.setLanguage = (tag) => {
    const language = known(tag);
    if (!language) return;
    isAskedFor = true;
    speak(language);
    ui.restyle();
    ui.update({});
  };

  /// What an address says of it, "" where nobody asked.
  ui.languageHash = () => (isAskedFor ? `&lang=${ui.state.language}` : "");

  /// Before anything is drawn; `data` has the tables, and the language where the program chose one.
  ui.startLanguage = ({ words = {}, language }) => {
    tables = words;
    const asked = inAddress();
    isAskedFor = asked !== undefined;
    speak(asked ?? known(language, ...navigator.languages) ?? "en");
  };

  ui.panel(
    "language",
    () => "",
    () => ui.choice(kSwitch, kNames, ui.state.language, ui.setLanguage),
  );
}
