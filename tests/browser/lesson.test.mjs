// A page that tells a lesson: its story, commands to try, its neighbours.
import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { after, before, describe, it } from "node:test";
import { endOf, launch, pages, textOf, timeOf, withPage } from "./browser.mjs";

let browser;
before(async () => { browser = await launch(); });
after(async () => { await browser.close(); });
const onPage = (link, use) => () => withPage(browser, link, use);

const askedOf = (page) => page.locator("#why-input").inputValue();
const runTry = (page, command) => page.getByRole("button", { name: command, exact: true }).click();

describe("a lesson", () => {
  it("opens at its number, and at the address's where that has one", async () => {
    await withPage(browser, "told.html", async (page) => {
      assert.equal(await askedOf(page), "z[0,1,0,1]");
      assert.equal(await timeOf(page), await endOf(page));
      assert.equal(await page.evaluate(() => scrollY), 0);
      assert.equal(await page.title(), "A lesson");
    });
    await withPage(browser, "told.html#t=19&why=db[1]", async (page) => {
      assert.equal(await askedOf(page), "db[1]");
    });
  });

  // Lessons of `step`, where that was built.
  const whole = { skip: !fs.existsSync(path.join(pages, "lessons")) };
  for (const [lesson, panel] of [["cost", "cost"], ["receptive-field", "rf"], ["one-by-one", "stage"]]) {
    it(`${lesson} has its idea on the first screen`, whole, onPage(`lessons/${lesson}.html`, async (page) => {
      await page.setViewportSize({ width: 1280, height: 720 });
      const first = page.locator("main > section").filter({ visible: true }).first();
      assert.equal(await first.getAttribute("id"), `panel-${panel}`);
      const figure = await first.locator("table, canvas").first().boundingBox();
      assert.ok(figure.y + figure.height <= 720, `${figure.y + figure.height}`);
    }));
  }

  it("stride has a pixel that no window reads, and no sum for it", whole, onPage("lessons/stride.html#why=dx[0,0,4,4]", async (page) => {
    assert.equal(await textOf(page, "#window-sum"), "dx[0,0,4,4] = 0");
  }));

  it("is on paper with its commands, LeNet's on three sheets", whole, onPage("lessons/lenet.html", async (page) => {
    const sheets = String(await page.pdf({ format: "A4" })).match(/\/Type\s*\/Page\b/g);
    assert.ok(sheets.length <= 3, `${sheets.length} sheets`);
    await page.emulateMedia({ media: "print" });
    assert.ok(await page.getByRole("button", { name: "list", exact: true }).isVisible());
  }));

  it("tells its first paragraph, and the others when asked", onPage("told.html", async (page) => {
    const paragraphs = page.locator("#panel-lesson p");
    assert.deepEqual(await paragraphs.evaluateAll((all) => all.map((p) => p.checkVisibility())), [true, false]);
    await page.getByRole("button", { name: "Read on" }).click();
    assert.equal(await paragraphs.nth(1).innerText(), "Its gradient is dz[0,0,0,0] <b>0</b>.");
    assert.equal(await page.evaluate(() => document.activeElement.textContent), "Read less");
    await page.getByRole("button", { name: "Read less" }).click();
    assert.equal(await paragraphs.nth(1).isVisible(), false);
  }));

  it("links the numbers in it, at a time when they are there", onPage("told.html", async (page) => {
    const links = page.locator("#panel-lesson a.number");
    assert.deepEqual(await links.allTextContents(), ["z[0,0,0,0]", "dz[0,0,0,0]"]);
    const shown = (text) => page.locator("#panel-why .headline", { hasText: text }).waitFor();
    await links.first().click();
    await shown("z[0,0,0,0] = ");
    assert.equal(await links.first().getAttribute("aria-current"), "true");
    await page.keyboard.press("Home");
    await page.getByRole("button", { name: "Read on" }).click();
    await links.last().click();
    await shown("dz[0,0,0,0] = 0");
    assert.ok(await timeOf(page) < await endOf(page));
  }));

  it("does its commands as the terminal does", onPage("told.html", async (page) => {
    await runTry(page, "goto 9");
    assert.equal(await timeOf(page), 9);
    await runTry(page, "why dw[0,1,0,1]"); // not there yet
    assert.equal(await textOf(page, "#panel-why .headline"), "dw[0,1,0,1] = -4");
    await runTry(page, "until dw");
    assert.match(await textOf(page, "#status"), /Nothing more is added to dw from here on/);
    await page.keyboard.press("Home");
    await runTry(page, "until dw");
    assert.equal(await askedOf(page), "dw[0,1,0,1]");
    await runTry(page, "uses x[0,0,1,1]");
    assert.ok(await page.locator("#panel-why .uses li").first().isVisible());
    await runTry(page, "rf z[0,0,0,0]");
    assert.ok(await page.locator("#panel-rf .fields").isVisible());
    await runTry(page, "cost");
    await page.waitForFunction(() => {
      const { top, bottom } = document.querySelector("#panel-cost h2").getBoundingClientRect();
      return top >= 0 && bottom <= innerHeight;
    });
  }));

  it("says what is wrong with a command, and stays where it is", onPage("told.html", async (page) => {
    for (const [line, said] of [["goto x", "“x”"], ["goto", "“”"], ["s -1", "“-1”"], ["b 1.5", "“1.5”"]]) {
      await page.evaluate((command) => Reel.ui.run(command), line);
      assert.equal(await textOf(page, "#status"), `A whole number is expected, not ${said}.`);
      assert.equal(await timeOf(page), await endOf(page));
    }
  }));

  it("names commands that only the terminal has", onPage("told.html", async (page) => {
    const line = page.locator(".tries li", { hasText: "break-it flip" });
    assert.equal(await line.getByRole("button").count(), 0);
    assert.match(await line.innerText(), /a wrong gradient/);
  }));

  it("leads to its neighbours", onPage("told.html", async (page) => {
    const links = page.locator(".neighbours a");
    assert.deepEqual(await links.allTextContents(), ["‹ Stride, padding, dilation, groups", "LeNet-5 ›"]);
    assert.deepEqual(await links.evaluateAll((all) => all.map((a) => a.getAttribute("href"))), ["strided.html", "lenet.html"]);
  }));

  it("is told in the language that is spoken", onPage("told.html", async (page) => {
    const shown = async () => ({
      titles: [await page.title(), await textOf(page, "#title")],
      tries: await page.locator(".tries li").count(),
      neighbours: await page.locator(".neighbours a").allTextContents(),
    });
    const english = await shown();
    const press = (name) => page.getByRole("button", { name, exact: true }).click();
    await press("中文");
    assert.deepEqual(await shown(), { titles: ["一课", "一课"], tries: 1, neighbours: ["LeNet-5 读数字 ›"] });
    await page.locator("#panel-predict").getByRole("button", { name: "1", exact: true }).click();
    assert.equal(await textOf(page, "#panel-predict .question"), "偏置的梯度是多少？");
    await press("EN");
    assert.deepEqual(await shown(), english);
    assert.equal(await textOf(page, "#panel-predict .question"), "What is the bias's gradient?");
  }));

  it("sets no blank where a line of Chinese ended", onPage("told.html#lang=zh", async (page) => {
    assert.equal(await page.locator("#story p").first().textContent(), "第一个数是 z[0,0,0,0]，窗口滑动 3 次。");
    assert.deepEqual(await page.locator("#story a").allTextContents(), ["z[0,0,0,0]"]);
  }));

  it("is not there where a page tells nothing", onPage("conv.html", async (page) => {
    assert.equal(await page.locator("#panel-lesson").isVisible(), false);
  }));
});
