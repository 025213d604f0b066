// Exercises on the page: questions, tries, hints, the score, and the file that is handed in.
import assert from "node:assert/strict";
import fs from "node:fs";
import { after, before, describe, it } from "node:test";
import { ask, launch, textOf, withPage } from "./browser.mjs";

let browser;
before(async () => { browser = await launch(); });
after(async () => { await browser.close(); });
const onPage = (link, use) => () => withPage(browser, link, use);

const answer = async (page, text) => {
  await page.fill("#predict-answer", text);
  await page.press("#predict-answer", "Enter");
};
const result = (page) => textOf(page, "#predict-result");
const score = (page) => textOf(page, "#predict-score");
const hash = (page) => decodeURIComponent(new URL(page.url()).hash);

describe("an exercise", () => {
  it("has several tries, each with a further hint", onPage("conv.html#ask=dw[0,1,0,1]", async (page) => {
    assert.equal(await page.locator("#predict-hints").count(), 0);
    const inputs = page.locator("#predict-terms li input");
    assert.equal(await inputs.count(), 4);
    await answer(page, "1");
    assert.equal(await result(page), "Not that.");
    assert.match(await textOf(page, "#predict-hints"), /kernel row 0, column 1 = sum over n,i,j of dz\[n,0,i,j\] \* x\[n,1,i\+0,j\+1\]/);
    assert.equal(await inputs.count(), 4);
    await page.click("[data-key=predict-hint]");
    assert.equal(await inputs.count(), 2); // the first products are told
    assert.match(await textOf(page, "#predict-terms"), /dz\[0,0,0,0\] × x\[0,1,0,1\] = 0 × 2 = 0/);
    await answer(page, "4");
    assert.equal(await result(page), "The size is right, the sign is not.");
    assert.equal(await inputs.count(), 0);
    assert.match(await textOf(page, "#predict-terms"), /dz\[0,0,1,1\] × x\[0,1,1,2\] = -1\.5 × 6 = -9/);
    assert.equal(await page.locator("[data-key=predict-hint]").count(), 0);
    assert.equal(await score(page), "0 right of 1 asked");
    await answer(page, "-4");
    assert.equal(await result(page), "Right: dw[0,1,0,1] = -4.");
    assert.equal(await score(page), "1 right of 1 asked");
  }));

  it("takes fractions and both decimal signs", onPage("conv.html#ask=dz[0,0,1,1]", async (page) => {
    await answer(page, "-3/0");
    assert.equal(await result(page), "That is not a number: write it as -1.5, -1,5, 5/4 or 1e-3.");
    assert.equal(await page.locator("#predict-hints").count(), 0); // which costs no hint
    await answer(page, "-3/2");
    assert.match(await result(page), /^Right/);
    for (const text of ["-1,5", "−1.5"]) {
      await page.uncheck("#predict-toggle");
      await page.check("#predict-toggle");
      await answer(page, text);
      assert.match(await result(page), /^Right/, text);
    }
  }));

  it("that was given up counts as asked", onPage("conv.html#ask=loss", async (page) => {
    await page.getByRole("button", { name: "Show it" }).click();
    assert.equal(await result(page), "It is 15.");
    await ask(page, "db[1]");
    await answer(page, "-1");
    assert.equal(await score(page), "1 right of 2 asked");
  }));

  it("is what a link opens, until it is solved", onPage("conv.html#t=19&ask=dz[0,0,1,0]", async (page) => {
    assert.equal(await page.inputValue("#time"), "19");
    assert.match(await textOf(page, "#panel-predict"), /What is dz\[0,0,1,0\]\?/);
    await ask(page, "y[0,0,1,1]");
    assert.equal(hash(page), "#t=19&ask=y[0,0,1,1]");
    await answer(page, String(await page.evaluate(() => Reel.ui.number(Reel.ui.state.focus))));
    assert.equal(hash(page), "#t=19&why=y[0,0,1,1]");
  }));

  it("is another where a number was changed", onPage("conv.html#ask=loss", async (page) => {
    await answer(page, "15");
    await page.evaluate(() => Reel.ui.set({ ...Reel.ui.trace.parse("c[0]"), gradient: false }, 2));
    assert.match(await textOf(page, "#panel-predict"), /What is loss\?/);
    await answer(page, "15");
    assert.equal(await score(page), "1 right of 2 asked");
  }));
});

describe("the page's questions", () => {
  const withQuestions = (use) =>
    onPage("conv.html", async (page) => {
      await page.evaluate(() => {
        Reel.ui.lesson.questions = Reel.ui.trace.questions = [
          { number: "y[0,0,0,1]", time: 9, text: "One pixel of the 1×1 convolution.", hint: "Two channels, two products." },
          { number: "db[1]" },
        ];
        Reel.ui.redraw();
      });
      await use(page);
    });

  it("are opened one after another, with their own words", withQuestions(async (page) => {
    const buttons = page.locator("#panel-predict .choice button");
    assert.deepEqual(await buttons.allTextContents(), ["1", "2"]);
    await buttons.first().click();
    assert.equal(await page.inputValue("#time"), "9");
    assert.match(await textOf(page, "#panel-predict"), /One pixel of the 1×1 convolution\. What is y\[0,0,0,1\]\?/);
    await page.click("[data-key=predict-hint]");
    assert.match(await textOf(page, "#predict-hints"), /^Two channels, two products\. .*= sum over/);
    await page.getByRole("button", { name: "Show it" }).click();
    await page.click("[data-key=predict-next]");
    assert.match(await textOf(page, "#panel-predict"), /What is db\[1\]\?/);
    await answer(page, "-1");
    assert.deepEqual(await buttons.allTextContents(), ["1 –", "2 ✓"]);
    assert.equal(await page.locator("[data-key=predict-next]").count(), 0);
  }));

  it("and the answers can be saved", withQuestions(async (page) => {
    await page.locator("#panel-predict .choice button").nth(1).click();
    await answer(page, "1");
    await answer(page, "-1");
    await page.evaluate(() => Reel.ui.set({ ...Reel.ui.trace.parse("c[0]"), gradient: false }, 1));
    await answer(page, "2");
    await page.fill("#predict-name", "Ada L. <b>");
    const [download] = await Promise.all([page.waitForEvent("download"), page.press("#predict-name", "Enter")]);
    assert.equal(download.suggestedFilename(), "exercises-Ada-L-b.json");
    assert.deepEqual(JSON.parse(fs.readFileSync(await download.path(), "utf8")), {
      page: "Convolution",
      name: "Ada L. <b>",
      right: 1,
      asked: 2,
      questions: [
        { number: "db[1]", changes: [], tries: ["1", "-1"], hints: 1, result: "right" },
        { number: "db[1]", changes: ["c[0] = 1"], tries: ["2"], hints: 1, result: "open" },
      ],
    });
  }));
});
