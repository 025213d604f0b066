"use strict";
// The language of the page, chosen before anything is said: what the address asks for, else the reader's. Another one is a
// new beginning.
{
  const tables = JSON.parse(document.getElementById("reel-words").textContent); // English has none
  const asked = new URLSearchParams(location.hash.slice(1)).get("lang");

  /// "en" or "zh"
  Reel.language = Reel.languageOf([asked, ...navigator.languages], ["en", ...Object.keys(tables)]) ?? "en";
  Reel.speak(tables[Reel.language]);
  document.documentElement.lang = Reel.language;
  for (const element of document.querySelectorAll("[data-text]")) element.textContent = Reel.text(element.textContent);
  for (const element of document.querySelectorAll("[data-label]")) element.ariaLabel = Reel.text(element.ariaLabel);
  document.title = Reel.text("Reel: a network learns to read");
  addEventListener("hashchange", () => location.reload());
}
