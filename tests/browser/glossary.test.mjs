// Words that are explained where they stand.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { launch, textOf, withPage } from "./browser.mjs";

let browser;
before(async () => { browser = await launch(); });
after(async () => { await browser.close(); });
const onPage = (link, use) => () => withPage(browser, link, use);

const wordsIn = (page, selector) => page.locator(`${selector} .word`).evaluateAll((all) => all.map((one) => one.dataset.word));
const told = (page) => page.locator("#meaning").filter({ visible: true });

describe("a word", () => {
  it("is told by the keyboard and by the pointer", onPage("conv.html#why=dw[0,1,0,1]", async (page) => {
    assert.equal(await told(page).count(), 0);
    await page.locator("#why-audit .word").first().focus();
    assert.match(await textOf(page, "#meaning"), /^stored A number as the program computed and kept it/);
    await page.keyboard.press("Escape");
    assert.equal(await told(page).count(), 0);
    await page.locator("#why-audit .word").nth(1).hover();
    assert.match(await textOf(page, "#meaning"), /^re-summed The sum of all the terms/);
    await page.mouse.move(2, 2);
    assert.equal(await told(page).count(), 0);
  }));

  it("stands in the answers of the panels", onPage("conv.html#why=dw[0,1,0,1]", async (page) => {
    await page.locator("#why-check:not([aria-busy])").waitFor();
    assert.deepEqual(await wordsIn(page, "#why-check"), ["differences", "h", "digits"]);
    assert.deepEqual(await wordsIn(page, "#summary"), ["tensors", "events"]);
    assert.ok((await wordsIn(page, "#why-table")).includes("running"));
    assert.match(await textOf(page, "#why-check"), /h = 1\.2e-05\): equal in 7 of the 7 digits/);
  }));

  it("is a normalisation's xhat, and a field's jump", onPage("residual.html#why=norm.batch_norm2d[0,0,0,0]", async (page) => {
    assert.ok((await wordsIn(page, "#why-table")).includes("xhat"));
    assert.deepEqual(await wordsIn(page, "#panel-rf"), ["jump"]);
  }));

  it("stays in the window, whatever is at its edge", onPage("lenet.html", async (page) => {
    await page.setViewportSize({ width: 390, height: 700 });
    for (const word of await page.locator(".word").filter({ visible: true }).all()) {
      await word.focus();
      const { left, right } = await page.locator("#meaning").evaluate((box) => box.getBoundingClientRect());
      assert.ok(left >= 0 && right <= 390, `${left} to ${right}`);
    }
  }));
});

describe("all words", () => {
  it("are listed with the keys", onPage("conv.html", async (page) => {
    await page.keyboard.press("?");
    await page.getByText("Words", { exact: true }).click();
    const words = await page.locator("#help .glossary dt").allTextContents();
    assert.ok(words.length > 30 && words.includes("kink") && words.includes("seed"), words.join());
    assert.equal(await page.locator("#help .glossary code").first().isVisible(), true);
  }));
});
