// The page as those use it who see little, or have no mouse: axe-core's rules, and sizes of type.
import assert from "node:assert/strict";
import fs from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { after, before, describe, it } from "node:test";
import { launch, pages, withPage } from "./browser.mjs";

const axe = fs.readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

let browser;
before(async () => { browser = await launch(); });
after(async () => { await browser.close(); });

const lessons = path.join(pages, "lessons");
const links = fs.existsSync(lessons) ? fs.readdirSync(lessons).map((file) => `lessons/${file}`) : ["conv.html", "lenet.html"];

/** What axe-core finds that is serious, as "color-contrast: <p class=…>": by all of its rules, or by those named. */
const seriousFaults = (page, rules) => page.evaluate(async (runOnly) => {
  const { violations } = await axe.run({ resultTypes: ["violations"], ...(runOnly && { runOnly }) });
  const serious = violations.filter(({ impact }) => impact === "serious" || impact === "critical");
  return serious.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`));
}, rules);

/** Texts in smaller type than so many pixels. */
const smallTexts = (page, least) => page.evaluate((pixels) => {
  const sizeOf = (element) => {
    const drawing = element.closest("svg[viewBox]");
    const scale = drawing ? drawing.getBoundingClientRect().width / drawing.viewBox.baseVal.width : 1;
    return Number.parseFloat(getComputedStyle(element).fontSize) * scale;
  };
  const seen = [...document.querySelectorAll("body *")].filter((element) =>
    element.checkVisibility() && !element.matches(".unseen, option, script") &&
    [...element.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.data.trim()));
  return seen.filter((element) => sizeOf(element) < pixels).map((element) => element.outerHTML.slice(0, 120));
}, least);

describe("everybody can read", () => {
  for (const link of links) {
    it(link, () => withPage(browser, link, async (page) => {
      await page.emulateMedia({ reducedMotion: "reduce" }); // colours change at once
      await page.evaluate(axe);
      assert.deepEqual(await seriousFaults(page), []);
      await page.emulateMedia({ colorScheme: "dark", reducedMotion: "reduce" });
      assert.deepEqual(await seriousFaults(page, ["color-contrast"]), [], "in the dark");
      if (link.endsWith("index.html")) return; // the list of lessons has small pictures and no large type
      assert.deepEqual(await smallTexts(page, 11.9), []);
      await page.keyboard.press("l");
      assert.deepEqual(await smallTexts(page, 19.4), [], "in the hall");
    }));
  }
});
