// The page in Chinese: by the reader's language, the address or the switch, all of it, and back.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { ask, launch, textOf, withPage } from "./browser.mjs";

let browser;
before(async () => { browser = await launch(); });
after(async () => { await browser.close(); });
const onPage = (link, use) => () => withPage(browser, link, use);

const languageOf = (page) => page.evaluate(() => document.documentElement.lang);
const titleOf = (page) => textOf(page, "#rf-title");

// Texts and labels of the page in which three English words stand in a row, but for what the program said itself.
const englishIn = (page) =>
  page.evaluate(() => {
    const own = "script, style, noscript, code, kbd, #title, #panel-lesson, .question";
    const isEnglish = (text) => /[A-Za-z]{2,} [A-Za-z]{2,} [A-Za-z]{2,}/.test(text);
    const all = [...document.querySelectorAll("body, body *")].filter((element) => !element.closest(own));
    const texts = all.flatMap((element) => [
      ...[...element.childNodes].filter(({ nodeType }) => nodeType === Node.TEXT_NODE).map(({ data }) => data),
      ...["title", "aria-label", "aria-valuetext"].map((name) => element.getAttribute(name) ?? ""),
    ]);
    return [...new Set(texts.filter(isEnglish))];
  });

describe("a page in Chinese", () => {
  it("is in the reader's language, until the address asks for another", async () => {
    await withPage(browser, "told.html", async (page) => {
      assert.equal(await languageOf(page), "en");
      assert.equal(await titleOf(page), "Receptive field");
    });
    await withPage(browser, "told.html", async (page) => assert.equal(await titleOf(page), "感受野"), 1280, "zh-CN");
    await withPage(browser, "told.html#lang=en", async (page) => assert.equal(await languageOf(page), "en"), 1280, "zh-CN");
    await withPage(browser, "told.html#lang=zh-Hans&why=dw[0,0,0,0]", async (page) => {
      assert.equal(await languageOf(page), "zh");
      assert.equal(await titleOf(page), "感受野");
      assert.match(await page.locator("#panel-lesson a[rel=next]").getAttribute("href"), /#lang=zh$/);
      assert.match(await page.evaluate(() => location.hash), /why=dw\[0,0,0,0\]/);
    });
  });

  it("changes at once by the switch, and keeps the number and the time", onPage("told.html#t=9&why=z[0,1,0,1]", async (page) => {
    await page.getByRole("button", { name: "中文" }).click();
    assert.equal(await languageOf(page), "zh");
    assert.equal(await textOf(page, "#panel-why .headline"), "z[0,1,0,1] = 4");
    assert.equal(await textOf(page, "#when"), "9 / 19");
    assert.match(await page.evaluate(() => location.hash), /t=9&why=z\[0,1,0,1\]&lang=zh/);
    await page.getByRole("button", { name: "EN" }).click();
    assert.equal(await textOf(page, "#when"), "9 of 19");
    assert.match(await textOf(page, "#panel-why .formula"), /image 0, output channel 1/);
  }));

  it("leaves the keyboard at the switch", onPage("told.html", async (page) => {
    const held = () => page.evaluate(() => document.activeElement.textContent);
    await page.getByRole("button", { name: "中文" }).press("Enter");
    assert.equal(await held(), "中文");
    await page.getByRole("button", { name: "EN" }).press("Enter");
    assert.equal(await held(), "EN");
  }));

  it("says again what was said, and keeps what was typed", onPage("conv.html#ask=dw[0,1,0,1]", async (page) => {
    await page.getByRole("button", { name: "One SGD step" }).click();
    await page.locator("#edit-change").waitFor();
    await page.fill("#predict-answer", "two");
    await page.press("#predict-answer", "Enter");
    await page.fill("#predict-answer", "-4");
    await page.getByRole("button", { name: "中文" }).click();
    assert.match(await textOf(page, "#predict-result"), /^这不是数/);
    assert.match(await textOf(page, "#edit-change"), /^第 1 步之后/);
    assert.deepEqual(await englishIn(page), []);
    assert.equal(await page.inputValue("#predict-answer"), "-4");
    await page.getByRole("button", { name: "撤销" }).click();
    assert.match(await textOf(page, "#status"), /^已撤销/);
  }));

  it("is no language that the page does not speak", onPage("told.html?lang=xx#lang=fr", async (page) => {
    assert.equal(await languageOf(page), "en");
    assert.doesNotMatch(await page.evaluate(() => location.hash), /lang/);
  }));

  it("goes with who reads on, behind what the address has", onPage("told.html#lang=zh", async (page) => {
    await page.evaluate(() => {
      Reel.ui.lesson.translations.zh.next.address = "b.html#t=3";
      Reel.ui.redraw();
    });
    assert.equal(await page.locator("#panel-lesson a[rel=next]").getAttribute("href"), "b.html#t=3&lang=zh");
  }));

  for (const [name, numbers] of [
    ["told.html", ["z[0,1,0,1]", "dw[0,1,0,1]", "x[0,0,1,1]", "y[0,0,0,0]", "dz[0,0,1,1]", "loss", "nothing"]],
    ["lenet.html", ["dconv1.weight[0,0,0,0]", "loss", "image[0,0,3,3]"]],
    ["residual.html", ["dnorm.weight[0]"]],
    ["cropped.html", []],
    ["custom-op.html", []],
    ["empty.html", []],
  ]) {
    it(`says nothing in English: ${name}`, onPage(`${name}#lang=zh`, async (page) => {
      assert.deepEqual(await englishIn(page), []);
      for (const number of numbers) {
        await ask(page, number);
        await page.evaluate(() => document.querySelectorAll("details").forEach((one) => (one.open = true)));
        assert.deepEqual(await englishIn(page), [], number);
      }
      await page.keyboard.press("Home");
      assert.deepEqual(await englishIn(page), [], "at the start");
      await page.keyboard.press("p");
      assert.deepEqual(await englishIn(page), [], "with questions");
    }));
  }
});
