// Numbers that are set on the page, and training on it.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { cells, launch, textOf, withPage } from "./browser.mjs";

let browser;
before(async () => { browser = await launch(); });
after(async () => { await browser.close(); });
const onPage = (link, use) => () => withPage(browser, link, use);

const values = "#panel-tensor [data-tensor=value] td";
const gradients = "#panel-tensor [data-tensor=gradient] td";
const cell = (page, i, grid = values) => page.locator(grid).nth(i);
const lossOf = (page) => page.evaluate(() => Reel.ui.trace.value(Reel.ui.trace.loss).data[0]);

const setByMouse = async (page, i, text) => {
  await cell(page, i).dblclick();
  await page.locator(".over-cell input").fill(text);
  await page.keyboard.press("Enter");
};
// All that stands on the page but for what was said last.
const everything = async (page) => {
  await page.locator("#why-check[aria-busy]").waitFor({ state: "detached" });
  return page.locator("main").innerText();
};
const finished = (page) => page.waitForFunction(() => document.getElementById("train-form") && document.querySelector(".curve"));

describe("a number is set", () => {
  it("by a double click: all follow and are marked", onPage("conv.html#why=x[0,1,0,1]", async (page) => {
    assert.equal(await lossOf(page), 15);
    await setByMouse(page, 10, "5/2");
    assert.equal((await cells(page, values))[10], "2.5");
    assert.equal(await cell(page, 10).getAttribute("class"), "pos set changed picked");
    assert.equal(await cell(page, 10).getAttribute("title"), "2.5, was 2");
    const loss = await lossOf(page);
    assert.equal(await textOf(page, "#edit-change"), `x[0,1,0,1]: 2 → 2.5; loss: 15 → ${loss}`);
    assert.equal(await textOf(page, "#status"), await textOf(page, "#edit-change"));
    assert.match(await textOf(page, "#panel-why"), /x\[0,1,0,1\] = 2\.5 Set by hand\./);
    await page.evaluate(() => Reel.ui.ask("dw[1,1,0,1]"));
    assert.equal(await page.locator("#why-audit").getAttribute("data-ok"), "true");
    const changed = await page.locator(`${gradients}.changed`).evaluateAll((all) => all.map(({ title }) => title));
    assert.ok(changed.length > 0 && changed.every((title) => / was /.test(title)), String(changed));
    assert.equal(await page.locator(`${values}.changed`).count(), 0); // w itself is as it was
  }));

  it("and every number that follows is the sum of its terms", onPage("strided.html#why=w[0,0,0,0]", async (page) => {
    await setByMouse(page, 0, "-0.75");
    const wrong = await page.evaluate(() => {
      const { trace } = Reel.ui;
      const failed = [];
      trace.events.forEach(({ kind, node }, event) => {
        if (kind === "leaf" || kind === "seed") return;
        for (let i = 0; i < Reel.numel(trace.nodes[node].shape); i++)
          if (!trace.audit(event, i).ok) failed.push(trace.eventText(event, i));
      });
      return failed;
    });
    assert.deepEqual(wrong, []);
  }));

  it("by keyboard, and Escape leaves it", onPage("conv.html#why=w[0,0,0,0]", async (page) => {
    await cell(page, 0).click();
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("Enter");
    await page.keyboard.type("9");
    await page.keyboard.press("Escape");
    assert.equal(await page.locator(".over-cell").count(), 0);
    assert.equal((await cells(page, values))[1], "1");
    await page.keyboard.press("Enter"); // the keyboard is at the cell again
    await page.keyboard.type("-1,5");
    await page.keyboard.press("Enter");
    assert.equal((await cells(page, values))[1], "-1.5");
    await page.keyboard.press("ArrowDown");
    assert.match(await textOf(page, "#panel-why .headline"), /^w\[0,0,1,1\] = 3$/);
  }));

  it("in a heat map, too", onPage("lenet.html#why=image[0,0,14,14]", async (page) => {
    await page.locator("#panel-tensor [data-tensor=value] canvas").focus();
    await page.keyboard.press("Enter");
    await page.keyboard.type("0.25");
    await page.keyboard.press("Enter");
    assert.match(await textOf(page, "#panel-why .headline"), /^image\[0,0,14,14\] = 0\.25$/);
    assert.equal(await page.evaluate(() => Reel.ui.trace.changes.length), 1);
  }));

  it("in what an op computed it is a constant", onPage("conv.html#why=dz[0,0,1,0]", async (page) => {
    await page.fill("#edit-value", "0");
    await page.press("#edit-value", "Enter");
    assert.match(await textOf(page, "#edit-change"), /^z\[0,0,1,0\]: 24 → 0; loss: 15 → 27$/);
    assert.match(await textOf(page, "#panel-edit"), /no gradient flows back/);
    await page.evaluate(() => Reel.ui.ask("dw[0,1,0,1]"));
    assert.match(await textOf(page, "#why-table"), /set: a constant/);
  }));

  it("but not by what is no number", onPage("conv.html#why=b[0]", async (page) => {
    const start = await everything(page);
    await page.fill("#edit-value", "2x");
    await page.press("#edit-value", "Enter");
    assert.equal(await page.getAttribute("#edit-value", "aria-invalid"), "true");
    assert.match(await textOf(page, "#status.error"), /^“2x” is no number: a number as 0\.5, -1,5, 5\/4 or 1e-3 is expected\.$/);
    await page.evaluate(() => Reel.ui.redraw());
    assert.equal(await everything(page), start);
  }));

  it("and no gradient can be", onPage("conv.html#why=x[0,0,0,0]", async (page) => {
    await cell(page, 0, gradients).dblclick();
    assert.equal(await page.locator(".over-cell").count(), 0);
    assert.match(await textOf(page, "#status.error"), /^dx is a gradient: it follows from the values/);
  }));

  it("which a question must not give away", onPage("conv.html#why=z[0,0,1,0]", async (page) => {
    await page.check("#predict-toggle");
    assert.equal(await page.inputValue("#edit-value"), "");
  }));
});

describe("undo", () => {
  it("brings back what was, one change after another", onPage("conv.html#why=b[0]", async (page) => {
    const texts = [await everything(page)];
    for (const number of ["1", "2", "3"]) {
      await setByMouse(page, 0, number);
      texts.push(await everything(page));
    }
    assert.equal(new Set(texts).size, 4);
    await page.keyboard.press("Control+z");
    assert.equal(await everything(page), texts[2]);
    await page.click("[data-key=edit-undo]");
    assert.equal(await everything(page), texts[1]);
    await page.click("[data-key=edit-reset]");
    assert.equal(await everything(page), texts[0]);
    await page.keyboard.press("Control+z");
    assert.equal(await textOf(page, "#status"), "There is nothing to undo.");
  }));

  it("after an infinity, which is shown and explained", onPage("conv.html#why=x[0,0,1,1]", async (page) => {
    const start = await everything(page);
    await setByMouse(page, 4, "inf");
    assert.match(await textOf(page, "#panel-edit"), /Not finite: the first such number is z\[0,0,0,0\] = inf/);
    await page.click("#panel-edit a.number");
    await page.locator("#panel-why .headline", { hasText: "z[0,0,0,0]" }).waitFor();
    assert.match(await textOf(page, "#panel-why .headline"), /^z\[0,0,0,0\] = inf$/);
    assert.match(await textOf(page, "#why-table"), /inf × 3 inf/);
    await page.keyboard.press("Control+z");
    await page.evaluate(() => Reel.ui.ask("x[0,0,1,1]"));
    assert.equal(await everything(page), start);
  }));
});

describe("training", () => {
  it("one step takes the rate times the gradient away", onPage("conv.html#why=w[0,1,0,1]", async (page) => {
    await page.fill("#train-rate", "0,5");
    await page.press("#train-rate", "Enter");
    assert.equal((await cells(page, values))[5], "4"); // 2 - 0.5 (-4)
    assert.match(await textOf(page, "#edit-change"), /^After step 1 at a learning rate of 0\.5: loss rose from 15 to .* The rate may be too large: try 0\.05\.$/);
    await page.keyboard.press("Escape"); // leaves the field
    await page.locator("#title").click();
    await page.keyboard.press("Control+z");
    assert.equal((await cells(page, values))[5], "2");
  }));

  it("LeNet learns its digit in 100", onPage("lenet.html", async (page) => {
    await page.click("[data-key=train-many]");
    await finished(page);
    assert.match(await textOf(page, "#edit-change"), /^After step 100 at a learning rate of 0\.1: loss went from 2\.3/);
    assert.ok(await lossOf(page) < 0.01);
    assert.match(await textOf(page, "#panel-edit .matrix figcaption"), /logarithmic axis/);
    await page.evaluate(() => document.querySelector("[data-key=train-many]").click());
    await page.evaluate(() => document.querySelector("[data-key=train-many]").click()); // which stops it now
    assert.match(await textOf(page, "#edit-change"), /^After step 1\d\d at/);
    await page.click("[data-key=edit-undo]");
    assert.match(await page.locator(".curve").getAttribute("aria-label"), / at step 100$/);
  }));

  it("of a rate that is too large ends, says so and can be undone", onPage("conv.html", async (page) => {
    await page.fill("#train-rate", "100");
    await page.click("[data-key=train-many]");
    await finished(page);
    assert.match(await textOf(page, "#edit-change"),
      /^After step \d+ at a learning rate of 100, loss is (inf|nan): the rate is too large\. Undo, and try 10\.$/);
    assert.match(await textOf(page, "#panel-edit"), /Not finite/);
    await page.click("[data-key=train-many]");
    assert.match(await textOf(page, "#status.error"), /^The loss is (inf|nan): undo that before a step\.$/);
    await page.click("[data-key=edit-undo]");
    assert.equal(await lossOf(page), 15);
    for (const rate of ["fast", "-0.1", "0"]) {
      await page.fill("#train-rate", rate);
      await page.click("[data-key=train-many]");
      assert.equal(await textOf(page, "#status.error"), `“${rate}” is no learning rate: a number above 0 as 0.1 is expected.`);
    }
  }));
});

describe("a number that an exercise hides", () => {
  it("is not told by setting it", onPage("conv.html#ask=z[0,0,0,0]", async (page) => {
    await page.fill("#edit-value", "5");
    await page.press("#edit-value", "Enter");
    assert.match(await textOf(page, "#edit-change"), /^z\[0,0,0,0\]: \? → 5; loss: 15 → /);
  }));
});

describe("what the page cannot run again", () => {
  it("is said, and nothing is offered", onPage("custom-op.html", async (page) => {
    assert.match(await textOf(page, "#panel-edit"),
      /the page cannot run y again: silent gives no explanation; in the terminal: set \S+ and rerun$/);
    assert.equal(await page.locator("#panel-edit form").count(), 0);
    await page.evaluate(() => Reel.ui.ask("x[1]"));
    await cell(page, 1).dblclick();
    assert.equal(await page.locator(".over-cell").count(), 0);
    assert.match(await textOf(page, "#status.error"), /silent gives no explanation/);
  }));

  it("as what is too large for the page", onPage("cropped.html", async (page) => {
    assert.match(await textOf(page, "#panel-edit"), /too large to be in the page/);
    assert.equal(await page.locator("#panel-edit form").count(), 0);
  }));
});
