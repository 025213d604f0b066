// The stage: the picture of the chosen number, on programs whose numbers are known.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { ask, cells, launch, plain, textOf, withPage } from "./browser.mjs";

let browser;
before(async () => { browser = await launch(); });
after(async () => { await browser.close(); });
const onPage = (link, use) => () => withPage(browser, link, use);

describe("a convolution on the stage", () => {
  it("adds up channels and the bias for one output",
    onPage("conv.html#why=z[0,0,1,1]", async (page) => {
      assert.equal(await textOf(page, "#window-sum"), "z[0,0,1,1] = 43 + 77 - 80 bias = 40");
      assert.deepEqual(await cells(page, "#panel-stage .window-channel >> nth=0 >> td.tap"), ["4", "5", "7", "8"]);
    }));

  it("shows every window that used a weight, and one of them in full",
    onPage("conv.html#why=dw[0,1,0,1]", async (page) => {
      assert.equal(await textOf(page, "#window-sum"), "dw[0,1,0,1] = 0 + 0 + 5 - 9 = -4");
      assert.deepEqual(await cells(page, "#panel-stage td.used"), ["2", "3", "5", "6"]);
      assert.deepEqual(await cells(page, "#panel-stage td.window"), ["5", "6", "8", "9"]); // of the largest product
      assert.deepEqual(await cells(page, ".window-result td.picked"), ["-4"]);
      await page.locator("#panel-stage figure").nth(2).locator("td").first().click();
      assert.deepEqual(await cells(page, "#panel-stage td.window"), ["1", "2", "4", "5"]);
      assert.deepEqual(await cells(page, "#panel-stage td.one"), ["2"]);
    }));

  it("shows every output that a pixel touched",
    onPage("conv.html#why=dx[0,0,0,1]", async (page) => {
      assert.equal(await textOf(page, "#window-sum"), "dx[0,0,0,1] = 0 - 2 = -2");
      const first = "#panel-stage .window-channel >> nth=0 >> figure";
      assert.deepEqual(await cells(page, `${first} >> nth=0 >> td.tap`), ["0", "0"]);
      assert.deepEqual(await cells(page, `${first} >> nth=1 >> td.tap`), ["1", "0"]); // the kernel is turned
      assert.deepEqual(await cells(page, ".window-result td.picked"), ["-2"]);
    }));

  it("multiplies a pixel's outputs cell by cell with the turned kernel",
    onPage("conv.html#why=dx[0,0,1,1]", async (page) => {
      const row = (r) => `#panel-stage .window-channel >> nth=${r} >> figure`;
      const numbers = async (r, figure) => (await cells(page, `${row(r)} >> nth=${figure} >> td`)).map(Number);
      for (const r of [0, 1]) {
        const [dz, w, products] = [await numbers(r, 0), await numbers(r, 1), await numbers(r, 2)];
        assert.deepEqual(products, dz.map((x, i) => x * w[i] + 0));
      }
      assert.deepEqual(await numbers(0, 1), [3, 2, 1, 0]);
      assert.match(await textOf(page, "#panel-stage .story"), /The kernel stands turned/);
    }));

  it("tells how many windows used a weight that met padding",
    onPage("zeros.html#why=dw[0,0,0,0]", async (page) => {
      assert.match(await textOf(page, "#panel-stage .story"), /49 of the 64 windows used this weight/);
      assert.equal(await page.locator("#panel-stage .window-channel figure >> nth=2 >> td.pad").count(), 15);
      assert.deepEqual(await cells(page, ".window-result td"), Array(9).fill("0"));
    }));

  it("has room for a window of 5x5 in one row", onPage("lenet.html#why=conv1.conv2d[0,0,7,16]", async (page) => {
    const [needed, there] = await page.locator(".window-rows").evaluate((e) => [e.scrollWidth, e.clientWidth]);
    assert.ok(needed <= there, `${needed} of ${there}`);
  }));

  it("puts the sum into the grid of outputs", onPage("conv.html#why=z[0,0,1,1]", async (page) => {
    assert.deepEqual((await cells(page, ".window-result td")).map(plain), ["-24", "-8", "24", "40"]);
    assert.deepEqual(await cells(page, ".window-result td.picked"), ["40"]);
  }));

  it("moves the window by the arrow keys and keeps the keyboard", onPage("conv.html#why=z[0,0,0,0]", async (page) => {
    const image = page.locator("#panel-stage .window-row figure table").first();
    await image.focus();
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("ArrowDown"); // there is no more
    assert.equal(await page.locator("#why-input").inputValue(), "z[0,0,1,1]");
    assert.ok(await image.evaluate((table) => table === document.activeElement));
  }));

  it("moves the window by the hand, on numbers and on a heat map", async () => {
    const drag = async (page, from, to) => {
      await page.mouse.move(...from);
      await page.mouse.down();
      await page.mouse.move(...to, { steps: 4 });
      await page.mouse.up();
      await page.mouse.move(...from); // nothing is held any more
    };
    await withPage(browser, "conv.html#why=z[0,0,0,0]", async (page) => {
      const box = await page.locator("#panel-stage .window-row figure table").first().boundingBox();
      await drag(page, [box.x + 5, box.y + 5], [box.x + box.width - 5, box.y + box.height - 5]);
      assert.equal(await page.locator("#why-input").inputValue(), "z[0,0,1,1]");
    });
    await withPage(browser, "lenet.html#why=conv1.conv2d[0,2,0,0]", async (page) => {
      const box = await page.locator("#panel-stage canvas.heat").first().boundingBox();
      await drag(page, [box.x + 5, box.y + 5], [box.x + box.width / 2 + 1, box.y + box.height - 2]);
      assert.equal(await page.locator("#why-input").inputValue(), "conv1.conv2d[0,2,27,14]");
      await page.keyboard.press("ArrowUp"); // the keyboard goes on where the hand was
      assert.equal(await page.locator("#why-input").inputValue(), "conv1.conv2d[0,2,26,14]");
    });
  });

  it("walks over its kernel", onPage("conv.html#why=z[0,0,0,0]", async (page) => {
    await page.locator("#panel-stage .window-channel >> nth=0 >> figure").nth(1).locator("td[tabindex='0']").focus();
    await page.keyboard.press("ArrowDown");
    assert.equal(await page.locator("#why-input").inputValue(), "dw[0,0,1,0]");
    assert.ok(await page.locator("#panel-stage td.picked:focus").count() === 1);
  }));

  it("slides through all outputs of the channel, and fills them in", onPage("conv.html#why=z[0,1,0,0]", async (page) => {
    await page.getByLabel("speed").selectOption("slow");
    await page.getByRole("button", { name: "slide" }).click();
    assert.equal(await page.locator("#why-input").inputValue(), "z[0,1,0,1]");
    assert.equal(await page.locator(".window-result td.idle").count(), 2, "those that are to come");
    await page.getByLabel("speed").selectOption("fast");
    await page.waitForFunction(() => document.getElementById("why-input").value === "z[0,1,1,1]");
    await page.getByRole("button", { name: "slide" }).waitFor();
    assert.equal(await page.locator(".window-result td.idle").count(), 0);
  }));

  it("stops sliding where another tensor is looked at", onPage("conv.html#why=z[0,1,0,0]", async (page) => {
    await page.getByRole("button", { name: "slide" }).click();
    await ask(page, "a[0,0,0,0]");
    assert.equal(await page.evaluate(() => Reel.ui.state.playing), null);
  }));

  it("turns all outputs of a channel into the true convolution's",
    onPage("conv.html#why=z[0,1,0,1]", async (page) => {
      await page.locator("body").press("x");
      assert.match(await textOf(page, "#window-sum"), /= 2 - 4 \+ 4 bias = 2 /);
      assert.deepEqual(await cells(page, ".flipped figure >> nth=1 >> td"), ["2", "2", "2", "2"]);
    }));

  it("spreads the taps by the dilation, in the channels of the group",
    onPage("strided.html#why=z[0,2,1,1]", async (page) => {
      assert.match(await textOf(page, "#panel-stage"), /x\[0,2\].*x\[0,3\]/);
      const columns = await page.locator("#panel-stage .window-channel >> nth=0 >> figure >> nth=0 >> td.tap")
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

  it("flips the kernel into a true convolution", onPage("conv.html#why=z[0,0,0,0]", async (page) => {
    assert.match(await textOf(page, "#window-sum"), /= -24$/);
    await page.check("#flip");
    const flipped = await textOf(page, "#window-sum");
    assert.match(flipped, /= -52/); // (2 + 3) + (4 + 6 + 8 + 5) - 80
    assert.match(flipped, /cross-correlation.* -24/);
    await page.uncheck("#flip");
    assert.match(await textOf(page, "#window-sum"), /= -24$/);
  }));

  it("hatches the padding", onPage("strided.html#why=z[0,0,0,0]", async (page) => {
    assert.ok(await page.locator("#panel-stage td.pad").count() > 0);
  }));
});

describe("matrices on the stage", () => {
  const figure = async (page, i) =>
    (await cells(page, `#panel-stage figure >> nth=${i} >> td`)).map((text) => Number(plain(text)));
  const facts = (page) => textOf(page, "#panel-stage .body > .facts");

  it("of a 1x1 convolution have a column for each pixel", onPage("conv.html#why=y[0,0,1,0]", async (page) => {
    assert.match(await textOf(page, "#panel-stage"), /Y y \[1,4\].*W v \[1,2\].*X a \[2,4\].*b c/);
    assert.equal(await textOf(page, "#matrices-sum"), "Y[0,2] = 0.5 × 24 + 1 × 4 + 0 = 16");
    assert.match(await textOf(page, "#panel-stage"), /Column 2 is the pixel of row 1, column 0/);
    await page.locator("#panel-stage figure").first().locator("td").nth(3).click();
    assert.match(await textOf(page, "#matrices-sum"), /^Y\[0,3\] = .* = 24$/);
  }));

  it("of its gradients are turned: dW = dY Xᵀ, dX = Wᵀ dY", onPage("conv.html#why=dv[0,1,0,0]", async (page) => {
    assert.match(await facts(page), /dW = dY Xᵀ/);
    const [dW, dY, Xt] = [await figure(page, 0), await figure(page, 1), await figure(page, 2)];
    const column = (c) => [0, 1, 2, 3].map((r) => Xt[2 * r + c]);
    const product = (row, other) => row.reduce((sum, x, i) => sum + x * other[i], 0);
    assert.deepEqual(dW, [product(dY, column(0)), product(dY, column(1))]);
    await ask(page, "da[0,1,1,0]");
    assert.match(await facts(page), /dX = Wᵀ dY/);
    const [dX, Wt, dy] = [await figure(page, 0), await figure(page, 1), await figure(page, 2)];
    assert.deepEqual(dX, Wt.flatMap((w) => dy.map((d) => w * d)));
  }));

  it("of a linear layer have a column for each sample", onPage("lenet.html#why=fc3.linear[0,3]", async (page) => {
    assert.match(await textOf(page, "#panel-stage"), /Y linear \[10,1\].*W weight \[10,84\].*X .* \[84,1\]/);
    assert.match(await textOf(page, "#matrices-sum"), /^Y\[3,0\] = 85 products = /);
    await ask(page, "dfc3.weight[3,5]");
    assert.match(await textOf(page, "#matrices-sum"), /^dW\[3,5\] = /);
  }));

  it("of a matmul are told from a product of elements", onPage("recurrent.html", async (page) => {
    const look = (op) => page.evaluate((name) => {
      const { ui } = Reel;
      ui.look(ui.trace.nodes.findLastIndex((node) => node.op === name), false, 1);
    }, op);
    await look("matmul");
    assert.match(await facts(page), /Y = A B/);
    await look("mul");
    assert.equal(await page.locator("#terms-sum").count(), 1);
  }));
});

describe("other numbers on the stage", () => {
  const marked = (page, i) => cells(page, `#panel-stage figure >> nth=${i} >> td.tap`);

  it("have what their op read, marked, and where they stand", onPage("conv.html#why=a[0,0,1,0]", async (page) => {
    assert.equal(await textOf(page, "#terms-sum"), "a[0,0,1,0] = relu(z[0,0,1,0]) = 24");
    assert.deepEqual([await marked(page, 0), await marked(page, 1)], [["24"], ["24"]]);
    await ask(page, "loss");
    assert.equal((await marked(page, 0)).length, 4);
  }));

  it("show the gate of a relu beside its gradient", onPage("conv.html#why=dz[0,0,0,0]", async (page) => {
    assert.deepEqual((await marked(page, 1)).map(plain), ["-24"]);
  }));

  it("that are given show who reads them", onPage("conv.html#why=x[0,0,1,1]", async (page) => {
    assert.equal(await page.locator("#stage-title").textContent(), "Where x[0,0,1,1] goes");
    assert.equal((await marked(page, 1)).length, 4, "four windows hold this pixel");
    await page.locator("#panel-stage .note a").click();
    await page.locator("#stage-title", { hasText: "dx" }).waitFor();
    assert.equal(await page.locator("#why-input").inputValue(), "dx[0,0,1,1]");
  }));

  it("of an input without a gradient have no products", onPage("branches.html#why=x[0,0,2,2]", async (page) => {
    assert.doesNotMatch(await textOf(page, "#panel-stage"), /dx|products/);
  }));

  it("that several ops add to are told apart", onPage("residual.html#why=dx[0,0,1,1]", async (page) => {
    assert.match(await textOf(page, "#panel-stage .contributions"), /^2 contributions add up to dx\[0,0,1,1\] = /);
    const sum = await page.locator("#panel-stage .contributions button").evaluateAll((buttons) =>
      buttons.reduce((total, button) => total + Number(button.textContent.split(" ")[0]), 0));
    const value = await page.evaluate(() => Reel.ui.number(Reel.ui.state.focus));
    assert.ok(Math.abs(sum - value) < 1e-5);
    await page.locator("#panel-stage .contributions button").first().click();
    assert.match(await textOf(page, "#panel-stage .facts"), /add/);
    assert.match(await textOf(page, "#terms-sum"), /^added to dx\[0,0,1,1\] = /);
  }));

  it("that was not yet computed says when it comes", onPage("conv.html#t=3&why=z[0,0,0,0]", async (page) => {
    assert.match(await textOf(page, "#panel-stage"), /z: not yet computed/);
  }));

  it("says where a receptive field is to be had", onPage("lenet.html#why=fc3.linear[0,3]", async (page) => {
    assert.match(await textOf(page, "#panel-rf"), /fc3\.linear\[0,3\] is no pixel .* The nearest that has one: max_pool2d2\[0,0,2,2\]/);
  }));
});
