// The convolution lab, on convolutions whose numbers are known.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { ask, cells, launch, textOf, withPage } from "./browser.mjs";

let browser;
before(async () => { browser = await launch(); });
after(async () => { await browser.close(); });
const onPage = (link, use) => () => withPage(browser, link, use);

describe("the lab", () => {
  it("adds up channels and the bias for one output",
    onPage("conv.html#why=z[0,0,1,1]", async (page) => {
      assert.equal(await textOf(page, "#lab-result"), "z[0,0,1,1] = 43 + 77 - 80 bias = 40");
      assert.deepEqual(await cells(page, "#panel-lab .lab-row >> nth=0 >> td.tap"), ["4", "5", "7", "8"]);
    }));

  it("shows every window that used a weight, and one of them in full",
    onPage("conv.html#why=dw[0,1,0,1]", async (page) => {
      assert.equal(await textOf(page, "#lab-result"), "dw[0,1,0,1] = -4");
      assert.deepEqual(await cells(page, "#panel-lab td.used"), ["2", "3", "5", "6"]);
      assert.deepEqual(await cells(page, "#panel-lab td.window"), ["5", "6", "8", "9"]); // of the largest product
      await page.locator("#panel-lab figure").nth(2).locator("td").first().click();
      assert.deepEqual(await cells(page, "#panel-lab td.window"), ["1", "2", "4", "5"]);
      assert.deepEqual(await cells(page, "#panel-lab td.one"), ["2"]);
    }));

  it("shows every output that a pixel touched",
    onPage("conv.html#why=dx[0,0,0,1]", async (page) => {
      assert.equal(await textOf(page, "#lab-result"), "dx[0,0,0,1] = 0 - 2 = -2");
      const first = "#panel-lab .lab-row >> nth=0 >> figure";
      assert.deepEqual(await cells(page, `${first} >> nth=0 >> td.tap`), ["0", "0"]);
      assert.deepEqual(await cells(page, `${first} >> nth=1 >> td.tap`), ["1", "0"]); // the kernel is turned
      assert.deepEqual(await cells(page, ".lab-lead td.picked"), ["1"]);
    }));

  it("multiplies a pixel's outputs cell by cell with the turned kernel",
    onPage("conv.html#why=dx[0,0,1,1]", async (page) => {
      const row = (r) => `#panel-lab .lab-row >> nth=${r} >> figure`;
      const numbers = async (r, figure) => (await cells(page, `${row(r)} >> nth=${figure} >> td`)).map(Number);
      for (const r of [0, 1]) {
        const [dz, w, products] = [await numbers(r, 0), await numbers(r, 1), await numbers(r, 2)];
        assert.deepEqual(products, dz.map((x, i) => x * w[i] + 0));
      }
      assert.deepEqual(await numbers(0, 1), [3, 2, 1, 0]);
      assert.match(await textOf(page, "#panel-lab .story"), /turned by 180°/);
    }));

  it("tells how many windows used a weight that met padding",
    onPage("zeros.html#why=dw[0,0,0,0]", async (page) => {
      assert.match(await textOf(page, "#panel-lab .story"), /49 of the 64 windows used this weight/);
      assert.equal(await page.locator("#panel-lab .lab-row figure >> nth=2 >> td.pad").count(), 15);
      assert.deepEqual(await cells(page, ".lab-lead td"), Array(9).fill("0.5"));
    }));

  it("keeps the keyboard while arrows walk over its input and its kernel",
    onPage("conv.html#why=z[0,0,0,0]", async (page) => {
      for (const [figure, key, label] of [[0, "ArrowRight", "dx[0,0,0,1]"], [1, "ArrowDown", "dw[0,0,1,0]"]]) {
        await ask(page, "z[0,0,0,0]");
        await page.locator("#panel-lab .lab-row >> nth=0 >> figure").nth(figure).locator("td[tabindex='0']").focus();
        await page.keyboard.press(key);
        assert.equal(await page.locator("#why-input").inputValue(), label);
        assert.ok(await page.locator("#panel-lab td.picked:focus").count() === 1, label);
      }
    }));

  it("turns all outputs of a channel into the true convolution's",
    onPage("conv.html#why=z[0,1,0,1]", async (page) => {
      await page.locator("body").press("x");
      assert.match(await textOf(page, "#lab-result"), /= 2 - 4 \+ 4 bias = 2 /);
      assert.deepEqual(await cells(page, ".lab-flipped figure >> nth=1 >> td"), ["2", "2", "2", "2"]);
    }));

  it("spreads the taps by the dilation, in the channels of the group",
    onPage("strided.html#why=z[0,2,1,1]", async (page) => {
      assert.match(await textOf(page, "#panel-lab"), /channel 2 x\[0,2\].*channel 3 x\[0,3\]/);
      const columns = await page.locator("#panel-lab .lab-row >> nth=0 >> figure >> nth=0 >> td.tap")
        .evaluateAll((taps) => taps.map((tap) => tap.cellIndex));
      assert.deepEqual(columns, [1, 3, 5, 1, 3, 5, 1, 3, 5]);
    }));

  it("changes its mode by the buttons", onPage("conv.html#why=z[0,0,0,0]", async (page) => {
    await page.getByRole("button", { name: "one pixel" }).click();
    assert.equal(await page.locator("#why-input").inputValue(), "dx[0,0,0,0]");
    await page.getByRole("button", { name: "one weight" }).click();
    assert.equal(await page.locator("#why-input").inputValue(), "dw[0,0,0,0]");
    await page.getByRole("button", { name: "one output" }).click();
    assert.equal(await page.locator("#why-input").inputValue(), "z[0,0,0,0]");
  }));
});
