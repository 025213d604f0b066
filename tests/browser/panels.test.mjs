// What each panel of the page says of programs whose numbers are known.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { ask, cells, endOf, launch, plain, textOf, timeOf, withPage } from "./browser.mjs";

let browser;
before(async () => { browser = await launch(); });
after(async () => { await browser.close(); });
const onPage = (link, use) => () => withPage(browser, link, use);

const headingsOf = (page) => cells(page, "#why-table thead tr > *");
const blur = (page) => page.evaluate(() => document.activeElement.blur());

describe("why", () => {
  it("leaves the zeros of a long table out, and shows all when asked",
    onPage("lenet.html#why=dconv1.weight[0,0,0,0]", async (page) => {
      assert.ok(await page.locator("#why-table tbody tr").count() <= 32);
      assert.match(await textOf(page, "#why-table"), /terms of 0 are left out/);
      await page.locator("#why-table button").click();
      assert.equal(await page.locator("#why-table tbody tr").count(), 784);
    }));

  it("has the first rows of a long table where all terms are 0",
    onPage("zeros.html#why=dw[0,1,1]", async (page) => {
      await ask(page, "dw[0,0,1,1]");
      assert.equal(await page.locator("#why-table tbody tr").count(), 32);
      assert.match(await textOf(page, "#why-table"), /32 more terms, all of them 0/);
    }));

  it("has each factor in the column of its tensor, also beside padding",
    onPage("strided.html#why=z[0,0,0,0]", async (page) => {
      const head = await headingsOf(page);
      assert.deepEqual(head.slice(3, 6), ["x", "", "w"]);
      const padding = page.locator("#why-table tbody tr", { hasText: "padding" }).first();
      assert.equal(await padding.locator("td").nth(3).textContent(), "0");
      assert.match(await padding.locator("td").nth(5).locator("a").getAttribute("title"), /^w\[0,0,0,0\]$/);
    }));

  it("says what factors are that stand in no tensor, and never that they are another's",
    onPage("conv.html#why=loss", async (page) => {
      assert.deepEqual((await headingsOf(page)).slice(4, 7), ["difference", "", "difference / 4"]);
      await ask(page, "dz[0,0,1,0]");
      assert.deepEqual((await headingsOf(page)).slice(0, 3), ["da", "", "relu'"]);
    }));

  it("calls xhat xhat, with a bias below it", onPage("residual.html", async (page) => {
    await ask(page, "norm.batch_norm2d[0,0,0,0]");
    assert.deepEqual((await headingsOf(page)).slice(0, 3), ["xhat", "", "norm.weight"]);
  }));

  it("forgets what was wrong after a good question", onPage("conv.html#why=db[0]", async (page) => {
    await ask(page, "db[7]");
    assert.match(await textOf(page, "#why-error"), /out of range/);
    await ask(page, "db[0]"); // the number that is shown already
    assert.equal(await textOf(page, "#why-error"), "");
  }));

  it("has a table for each op that added to a gradient", onPage("residual.html", async (page) => {
    const forked = await page.evaluate(() => {
      const { ui } = Reel;
      const node = ui.trace.nodes.findIndex((_, i) => ui.trace.gradEvents(i).length === 2);
      ui.ask(ui.label({ node, gradient: true, element: 1 }));
      return ui.trace.gradEvents(node)[1];
    });
    assert.equal(await page.locator("#why-table table").count(), 2);
    assert.equal(await page.locator("#why-audit").getAttribute("data-ok"), "true");
    await page.evaluate((time) => Reel.ui.update({ time }), forked);
    assert.equal(await page.locator("#why-table table").count(), 1, "the second has not come yet");
    assert.match(await textOf(page, "#panel-tensor [data-tensor=gradient]"), /Summed up so far/);
  }));

  it("tells the places apart of an op that reads a tensor twice", onPage("custom-op.html#why=dy[0]", async (page) => {
    const titles = await cells(page, "#why-table h3");
    assert.match(titles[0], /mul\(y, y\), as input 1/);
    assert.match(titles[1], /mul\(y, y\), as input 2/);
  }));

  it("says what reads a number, by which factor",
    onPage("conv.html#why=a[0,0,1,0]", async (page) => {
      await page.locator("#panel-why .uses summary").click();
      assert.match(await textOf(page, "#panel-why .uses"), /y\[0,0,1,0\] by the factor 0\.5/);
    }));

  it("tells a kink from a bug", onPage("conv.html", async (page) => {
    const text = await page.evaluate(() => {
      const trace = Reel.ui.trace;
      trace.nodes[trace.find("b")].value.data[0] = -80 + 24; // z[0,0,0,0] is 0: at the kink of the relu
      trace.nodes[trace.find("z")].value.data[0] = 0;
      return trace.check(trace.find("z"), 0).text;
    });
    assert.match(text, /1 flip: a kink, not a bug/);
  }));
});

describe("geometry", () => {
  it("tells the receptive field", onPage("conv.html#why=y[0,0,1,1]", async (page) => {
    assert.match(await textOf(page, "#panel-rf"), /x variable 1 to 2 1 to 2 2×2 1/);
    assert.deepEqual(await cells(page, "#panel-rf td.window"), ["4", "5", "7", "8"]);
  }));

  it("says what it leaves out of a batch normalisation", onPage("residual.html#why=loss", async (page) => {
    await page.evaluate(() => Reel.ui.ask(`#${Reel.ui.trace.nodes.findLastIndex(({ op }) => op === "relu")}`));
    assert.match(await textOf(page, "#panel-rf"), /batch_norm2d takes mean and variance of every pixel of the batch/);
  }));

  it("tells the cost", onPage("conv.html", async (page) => {
    const rows = await cells(page, "#panel-cost .amount");
    assert.deepEqual(rows, ["64", "8", "72"]);
  }));
});

describe("names", () => {
  it("that two tensors share become numbers", onPage("conv.html", async (page) => {
    const label = await page.evaluate(() => {
      const { ui } = Reel;
      const data = JSON.parse(document.getElementById("reel-data").textContent);
      data.nodes[1].name = "x"; // the weight, too
      ui.trace = Reel.load(data);
      ui.look(1, true, 5);
      return ui.label(ui.state.focus);
    });
    assert.equal(label, "d#1[0,1,0,1]");
    await ask(page, label);
    assert.equal(await textOf(page, "#panel-why .headline"), "d#1[0,1,0,1] = -4");
    assert.equal(await textOf(page, "#why-error"), "");
  }));
});

describe("what is not yet computed", () => {
  it("is shown nowhere", onPage("conv.html", async (page) => {
    await page.keyboard.press("Home");
    for (const panel of ["tensor", "why", "stage", "rf"]) {
      const numbers = `#panel-${panel} td.pos, #panel-${panel} td.neg, #panel-${panel} td.zero`;
      assert.equal(await page.locator(numbers).count(), 0, panel);
    }
    assert.match(await textOf(page, "#panel-why"), /not yet computed at event 0 of 19/);
    await page.locator("#panel-why button", { hasText: "Go to event" }).click();
    assert.match(await textOf(page, "#panel-why .headline"), /^z\[0,0,1,1\] = 40$/);
  }));
});

describe("predict", () => {
  it("hides the number in every panel", onPage("conv.html#why=y[0,0,1,0]", async (page) => {
    await page.locator("body").press("p");
    assert.match(await textOf(page, "#panel-why .headline"), /= \?$/);
    assert.equal(await textOf(page, "#matrices-sum"), "Y[0,2] = 0.5 × 24 + 1 × 4 + 0 = ?");
    for (const panel of ["tensor", "stage"]) {
      const shown = await cells(page, `#panel-${panel} td.picked`);
      assert.ok(!shown.includes("16"), panel);
    }
  }));

  it("hides the number on the stage, and its sign", onPage("conv.html#why=a[0,0,1,0]", async (page) => {
    assert.deepEqual(await cells(page, ".window-result td.picked"), ["24"]);
    await page.locator("body").press("p");
    assert.deepEqual(await cells(page, ".window-result td.picked"), ["?"]);
    assert.equal(await page.locator("#panel-why .headline strong").getAttribute("class"), "");
  }));

  it("takes whole numbers exactly, others to three digits", onPage("residual.html", async (page) => {
    const answers = async (number, guesses) => {
      await ask(page, number);
      const said = [];
      for (const guess of guesses) {
        await page.fill("#predict-answer", guess);
        await page.press("#predict-answer", "Enter");
        said.push((await textOf(page, "#predict-result")).startsWith("Right"));
      }
      return said;
    };
    await page.check("#predict-toggle");
    const value = await page.evaluate(() => {
      const { ui } = Reel;
      const node = ui.trace.find("loss");
      ui.trace.nodes[node].value.data[0] = 3.25e-5;
      return ui.trace.nodes[node].value.data[0];
    });
    assert.deepEqual(await answers("loss", ["0", String(value * 1.01), "", "3,2501e-5"]), [false, false, false, true]);
  }));

  it("takes what is not finite, and no other number for it", onPage("broken-nan.html", async (page) => {
    await page.check("#predict-toggle");
    for (const [number, wrong, right] of [["y[1]", "inf", "-inf"], ["y[2]", "0", "nan"], ["y[3]", "1e9", "Infinity"]]) {
      await ask(page, number);
      for (const guess of [wrong, right]) {
        await page.fill("#predict-answer", guess);
        await page.press("#predict-answer", "Enter");
        assert.equal((await textOf(page, "#predict-result")).startsWith("Right"), guess === right, guess);
      }
    }
  }));

  it("leaves the statistics of a tensor out that give the number away",
    onPage("conv.html#why=dv[0,0,0,0]", async (page) => {
      assert.match(await textOf(page, "#panel-tensor [data-tensor=gradient] h3"), /min -72, max -4/);
      await page.check("#predict-toggle");
      assert.equal(await textOf(page, "#panel-tensor [data-tensor=gradient] h3"), "gradient dv");
      assert.match(await textOf(page, "#panel-tensor [data-tensor=value] h3"), /min 0.5/);
    }));

  it("finds the first wrong term on the sheet",
    onPage("conv.html#why=dw[0,1,0,1]", async (page) => {
      await page.check("#predict-toggle");
      await page.locator("#predict-terms summary").click();
      for (const [i, product] of ["0", "0", "4", "-9"].entries()) {
        await page.locator("#predict-terms li input").nth(i).fill(product);
      }
      await page.getByRole("button", { name: "Check the terms" }).click();
      assert.match(await textOf(page, "#predict-terms .hint"), /first wrong term is 3: .* = 5/);
      await page.locator("#predict-terms li input").nth(2).fill("5");
      await page.getByRole("button", { name: "Check the terms" }).click();
      assert.match(await textOf(page, "#predict-terms .hint"), /All terms are right/);
    }));
});

describe("the keyboard", () => {
  it("goes to an event, and is quiet while one writes", onPage("conv.html", async (page) => {
    await page.keyboard.press("g");
    await page.fill("#goto", "5");
    await page.keyboard.press("Enter");
    assert.equal(await timeOf(page), 5);
    await page.keyboard.press("g");
    await page.fill("#goto", "");
    await page.keyboard.press("Enter");
    assert.equal(await timeOf(page), 5);
    await page.locator("#why-input").press("s");
    assert.equal(await timeOf(page), 5);
    await blur(page);
    await page.keyboard.press("?");
    assert.ok(await page.locator("#help").isVisible());
    await page.keyboard.press("s");
    assert.equal(await timeOf(page), 5);
    await page.keyboard.press("Escape");
    await page.keyboard.press("s");
    assert.equal(await timeOf(page), 6);
  }));

  it("goes to the number that a link led to", onPage("conv.html#why=dw[0,1,0,1]", async (page) => {
    const focused = () => page.evaluate(() => document.activeElement.className);
    await page.locator("#why-table tbody tr").nth(3).locator("a").first().press("Enter");
    await page.locator("#panel-why .headline", { hasText: "dz[0,0,1,1]" }).waitFor();
    assert.equal(await focused(), "headline");
    assert.equal(await textOf(page, "#picked"), "dz[0,0,1,1] = -1.5");
    await page.keyboard.press("Home");
    await page.locator("#panel-why button", { hasText: "Go to event" }).press("Enter");
    assert.equal(await focused(), "headline");
  }));

  it("tells the place and the number in a heat map's label",
    onPage("lenet.html#why=image[0,0,14,14]", async (page) => {
      const label = await page.locator("#panel-tensor canvas.heat").first().getAttribute("aria-label");
      assert.match(label, /^image: heat map of 28 rows and 28 columns; row 14, column 14: [\d.]+; arrow keys move$/);
    }));

  it("walks over a heat map", onPage("lenet.html#why=image[0,0,3,4]", async (page) => {
    await page.locator("#panel-tensor canvas.heat").first().focus();
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("ArrowRight");
    assert.equal(await page.locator("#why-input").inputValue(), "image[0,0,4,5]");
  }));

  it("scrubs", onPage("conv.html", async (page) => {
    await page.locator("#time").focus();
    await page.keyboard.press("ArrowLeft");
    assert.equal(await timeOf(page), await endOf(page) - 1);
    assert.equal(await page.locator("#time").evaluate((input) => document.activeElement === input), true);
  }));
});

describe("the address", () => {
  it("that names nothing is told, and the page works on",
    onPage("conv.html#t=19&why=dq[0]", async (page) => {
      assert.match(await textOf(page, "#why-error"), /nothing is called "dq"/);
      await ask(page, "db[0]");
      assert.equal(await textOf(page, "#panel-why .headline"), "db[0] = -0.5");
    }));
});

describe("looks", () => {
  it("follow the dark mode, heat maps too", onPage("lenet.html#why=image[0,0,0,0]", async (page) => {
    const corner = () => page.locator("#panel-tensor canvas.heat").first().evaluate((canvas) =>
      [...canvas.getContext("2d").getImageData(canvas.width - 9, canvas.height - 9, 1, 1).data]);
    assert.deepEqual(await corner(), [255, 255, 255, 255]);
    await page.emulateMedia({ colorScheme: "dark" });
    await page.waitForFunction(() => {
      const canvas = document.querySelector("#panel-tensor canvas.heat");
      return canvas.getContext("2d").getImageData(canvas.width - 9, canvas.height - 9, 1, 1).data[0] < 255;
    });
  }));

  it("print without buttons", onPage("conv.html", async (page) => {
    await page.emulateMedia({ media: "print" });
    assert.equal(await page.locator("button:visible").count(), 0);
    assert.ok(await page.locator("#why-table").isVisible());
  }));

  it("print LeNet on three sheets, with its pictures", onPage("lenet.html#why=conv1.conv2d[0,2,14,14]", async (page) => {
    const sheets = String(await page.pdf({ format: "A4" })).match(/\/Type\s*\/Page\b/g);
    assert.ok(sheets.length <= 3, `${sheets.length} sheets`);
    await page.emulateMedia({ media: "print" });
    assert.ok(await page.locator("svg.network").isVisible());
    assert.ok((await page.locator("#panel-stage canvas:visible").count()) >= 2);
  }));

  it("tell the sign without colour", onPage("conv.html#why=dz[0,1,0,0]", async (page) => {
    const negative = await cells(page, "#panel-tensor td.neg");
    assert.ok(negative.length > 0 && negative.every((text) => plain(text).startsWith("-")), negative.join());
  }));
});
