// The page of inspect::write_page, in a browser.
import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { after, before, describe, it } from "node:test";
import { ask, endOf, launch, pages, plain, textOf, timeOf, withPage } from "./browser.mjs";

let browser;
before(async () => { browser = await launch(); });
after(async () => { await browser.close(); });
const onPage = (link, use, width) => () => withPage(browser, link, use, width);

const kPanels = ["time", "network", "stage", "tensor", "why", "predict"];

const rowsOf = (page) => page.locator("#why-table tbody tr").evaluateAll((rows) =>
  rows.map((row) => [...row.cells].map((cell) => cell.textContent.replaceAll("−", "-"))));

describe("every page", () => {
  for (const name of fs.readdirSync(pages).filter((file) => file.endsWith(".html"))) {
    it(`${name} opens from its file, with its panels, and asks for nothing`, onPage(name, async (page) => {
      for (const panel of kPanels) {
        const text = await textOf(page, `#panel-${panel}`);
        assert.notEqual(text, "", `panel ${panel}`);
      }
      assert.equal(await timeOf(page), await endOf(page));
      assert.equal(await page.locator("#status").getAttribute("aria-live"), "polite");
    }));

    // A telephone, and a projector of 1280 pixels at 150%.
    it(`${name} fits 390 and 853 pixels`, onPage(name, async (page) => {
      for (const width of [390, 853]) {
        await page.setViewportSize({ width, height: 900 });
        assert.ok(await page.evaluate(() => document.scrollingElement.scrollWidth) <= width, `${width}`);
        const sizes = await page.locator("svg.network text").evaluateAll((texts) =>
          texts.map((text) => text.getBoundingClientRect().height));
        assert.ok(Math.max(...sizes) < 24, "the network keeps its size");
      }
    }, 390));
  }
});

describe("a page that says nothing of where to start", () => {
  for (const [link, number] of [["conv.html", "z[0,0,1,1]"], ["recurrent.html", "matmul[0,1]"], ["cropped.html", "loss"]]) {
    it(`${link} opens at an output`, onPage(link, async (page) => {
      assert.equal(await page.locator("#why-input").inputValue(), number);
      assert.notEqual(await page.evaluate(() => Reel.ui.number(Reel.ui.state.focus)), 0);
    }));
  }
});

describe("time", () => {
  it("goes to the end and back by keyboard, through the same states", onPage("conv.html", async (page) => {
    const end = await endOf(page);
    const state = async () => {
      const texts = [];
      for (const part of ["#status", "#panel-network", "#panel-tensor", "#panel-why .headline"]) {
        texts.push(plain((await page.locator(part).allInnerTexts()).join(" ")));
      }
      return texts.join("\n");
    };
    await page.keyboard.press("Home");
    assert.equal(await timeOf(page), 0);
    const onTheWay = [];
    for (let time = 1; time <= end; time++) {
      await page.keyboard.press("s");
      assert.equal(await timeOf(page), time);
      onTheWay.push(await state());
    }
    assert.equal(new Set(onTheWay).size, end, "each step shows something of its own");
    await page.keyboard.press("s"); // there is no more
    assert.equal(await timeOf(page), end);
    for (let time = end - 1; time > 0; time--) {
      await page.keyboard.press("b");
      assert.equal(await state(), onTheWay[time - 1], `back at ${time}`);
    }
    await page.keyboard.press("f");
    assert.equal(await timeOf(page), 10);
    await page.keyboard.press("w");
    assert.equal(await timeOf(page), end);
  }));

  it("shows no number before it exists", onPage("conv.html#t=10&why=dw[0,1,0,1]", async (page) => {
    assert.equal(await page.locator("#why-table").count(), 0);
    assert.match(await textOf(page, "#panel-why"), /not yet computed/);
    assert.match(await textOf(page, "#panel-tensor [data-tensor=gradient]"), /not yet computed/);
    assert.equal(await page.locator("#panel-tensor [data-tensor=gradient] td").count(), 0);
    assert.equal(await page.locator("#why-check").count(), 0);
  }));
});

describe("why", () => {
  it("has the table of the lesson", onPage("conv.html", async (page) => {
    await ask(page, "dw[0,1,0,1]");
    assert.deepEqual(await rowsOf(page), [
      ["0", "0", "0", "0", "×", "2", "0", "0", "relu off (z = -24)"],
      ["0", "0", "1", "0", "×", "3", "0", "0", "relu off (z = -8)"],
      ["0", "1", "0", "1", "×", "5", "5", "5", ""],
      ["0", "1", "1", "-1.5", "×", "6", "-9", "-4", ""],
    ]);
    const text = await textOf(page, "#panel-why");
    assert.ok(text.includes("input channel 1 -> output channel 0, kernel row 0, column 1"), text);
    assert.ok(text.includes("sum over n,i,j of dz[n,0,i,j] * x[n,1,i+0,j+1]"), text);
    assert.equal(await page.locator("#why-audit").getAttribute("data-ok"), "true");
    assert.match(await textOf(page, "#why-audit"), /stored -4 re-summed here -4 difference 0/);
  }));

  it("checks by differences", onPage("conv.html#why=dw[0,1,0,1]", async (page) => {
    await page.locator("#why-check:not([aria-busy])").waitFor();
    assert.match(await textOf(page, "#why-check"), /^dw\[0,1,0,1\]: backward -4, differences -4 /);
  }));

  it("leads from a factor to its own reasons", onPage("conv.html#why=dw[0,1,0,1]", async (page) => {
    await page.locator("#why-table tbody tr").nth(3).locator("a").first().click();
    await page.locator("#panel-why .headline", { hasText: "dz[0,0,1,1]" }).waitFor();
    assert.match(await textOf(page, "#panel-why .headline"), /^dz\[0,0,1,1\] = -1.5$/);
    assert.equal(await page.locator("#why-input").inputValue(), "dz[0,0,1,1]");
  }));

  it("says what is wrong with a name", onPage("conv.html", async (page) => {
    await ask(page, "dw[0,9,0,1]");
    assert.match(await textOf(page, "#why-error"), /\[2,2,2,2\]/);
    await ask(page, "los");
    assert.match(await textOf(page, "#why-error"), /did you mean "loss"/);
    await ask(page, "dv[0,1,0,0]");
    assert.equal(await textOf(page, "#panel-why .headline"), "dv[0,1,0,0] = -4");
    assert.equal(await textOf(page, "#why-error"), "");
  }));

  it("the audit passes for every number that the lesson computes", onPage("conv.html", async (page) => {
    const { passed, failed } = await page.evaluate(() => {
      const { ui } = Reel, result = { passed: 0, failed: [] };
      const audit = (node, gradient) => {
        for (let element = 0; element < Reel.numel(ui.trace.nodes[node].shape); element++) {
          ui.look(node, gradient, element);
          if (document.getElementById("why-audit")?.dataset.ok === "true") result.passed++;
          else result.failed.push(ui.trace.text(node, gradient, element));
        }
      };
      ui.trace.nodes.forEach(({ inputs }, node) => {
        if (inputs.length) audit(node, false);
        if (ui.trace.gradEvents(node).length && node !== ui.trace.loss) audit(node, true);
      });
      return result;
    });
    assert.deepEqual(failed, []);
    assert.equal(passed, 80);
  }));

  for (const name of ["residual.html", "strided.html"]) {
    it(`the engine re-sums every number of ${name}`, onPage(name, async (page) => {
      const { sums, failed } = await page.evaluate(() => {
        const { trace } = Reel.ui, result = { sums: 0, failed: [] };
        trace.events.forEach(({ kind, node }, event) => {
          if (kind === "leaf" || kind === "seed") return;
          for (let element = 0; element < Reel.numel(trace.nodes[node].shape); element++) {
            if (trace.explain(event, element)?.ok) result.sums++;
            else result.failed.push(trace.eventText(event, element));
          }
        });
        return result;
      });
      assert.deepEqual(failed, []);
      assert.ok(sums > 500, `${sums} numbers`);
    }));
  }

  it("the audit is red where the program's number is wrong", async () => {
    const html = fs.readFileSync(path.join(pages, "conv.html"), "utf8");
    const data = /(id="reel-data">)(.*?)(<\/script>)/s;
    const json = JSON.parse(data.exec(html)[2]);
    json.nodes[1].grad.data = json.nodes[1].value.data; // w's gradient is not w
    const name = "tampered.html";
    const text = JSON.stringify(json);
    fs.writeFileSync(path.join(pages, name), html.replace(data, (_, a, __, c) => a + text + c));
    await withPage(browser, `${name}#why=dw[0,1,0,1]`, async (page) => {
      assert.equal(await page.locator("#why-audit").getAttribute("data-ok"), "false");
    });
  });
});

describe("predict", () => {
  it("hides the number, tells the first wrong term, and takes the right answer",
    onPage("conv.html#why=dw[0,1,0,1]", async (page) => {
      await page.check("#predict-toggle");
      assert.ok(!(await textOf(page, "#panel-why")).includes("-4"));
      await page.fill("#predict-answer", "-9"); // the third product is left out
      await page.press("#predict-answer", "Enter");
      assert.match(await textOf(page, "#predict-result"), /first wrong term is 3/);
      await page.fill("#predict-answer", "-4");
      await page.press("#predict-answer", "Enter");
      assert.match(await textOf(page, "#predict-result"), /Right/);
      assert.match(await textOf(page, "#panel-why .headline"), /= -4$/);
    }));
});

describe("links", () => {
  it("lead to a time and a number", onPage("conv.html#t=9&why=dw[0,1,0,1]", async (page) => {
    assert.equal(await timeOf(page), 9);
    assert.equal(await page.locator("#why-input").inputValue(), "dw[0,1,0,1]");
    await page.keyboard.press("End");
    await ask(page, "dw[0,1,0,1]");
    assert.equal((await rowsOf(page)).length, 4);
    const address = decodeURIComponent(new URL(page.url()).hash);
    assert.equal(address, `#t=${await endOf(page)}&why=dw[0,1,0,1]`);
    await page.evaluate(() => { location.hash = "#t=19&why=db[1]"; });
    await page.locator("#panel-why .headline", { hasText: "db[1]" }).waitFor();
    assert.equal(await textOf(page, "#panel-why .headline"), "db[1] = -1");
  }));
});

describe("tensors", () => {
  it("show the lesson's numbers", onPage("conv.html#why=dz[0,0,0,0]", async (page) => {
    const grid = async (which, slice) => {
      const cells = page.locator(`#panel-tensor [data-tensor=${which}] [role=grid]`).nth(slice).locator("td");
      return (await cells.allTextContents()).map((text) => Number(plain(text)));
    };
    assert.deepEqual(await grid("value", 0), [-24, -8, 24, 40]);
    assert.deepEqual(await grid("gradient", 0), [0, 0, 1, -1.5]);
    assert.deepEqual(await grid("gradient", 1), [1, -1, 2, -3]);
    await ask(page, "dx[0,0,0,0]");
    assert.deepEqual(await grid("gradient", 0), [1, -2, 1, 2, -3, 0.5, 2, 2, -7.5]);
    await ask(page, "dv[0,0,0,0]");
    assert.deepEqual(await grid("gradient", 0), [-72, -4]);
    await ask(page, "loss");
    assert.equal(await textOf(page, "#panel-why .headline"), "loss = 15");
  }));

  it("of LeNet are heat maps in colour", onPage("lenet.html#why=image[0,0,14,14]", async (page) => {
    const canvas = page.locator("#panel-tensor canvas.heat").first();
    await canvas.waitFor();
    const colours = await canvas.evaluate((element) => {
      const { data } = element.getContext("2d").getImageData(0, 0, element.width, element.height);
      return new Set(new Uint32Array(data.buffer)).size;
    });
    assert.ok(colours > 10, `${colours} colours`);
  }));

  it("are walked with the arrow keys", onPage("conv.html#why=x[0,0,0,0]", async (page) => {
    await page.locator("#panel-tensor [data-tensor=value] [role=grid] td.picked").first().focus();
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("ArrowDown");
    assert.equal(await page.locator("#why-input").inputValue(), "x[0,0,1,1]");
  }));

  it("that are large show statistics and the command for the rest", onPage("cropped.html", async (page) => {
    await ask(page, "x[0,0,0,0]");
    const text = await textOf(page, "#panel-tensor");
    assert.match(text, /elements 1,200 min .* max .* mean .* std .* zeros .* nonfinite 0/);
    assert.match(text, /from \[0,1,0,0\], of a part of shape \[1,/);
    for (const words of ["1,200", "nonfinite", "histogram", "largest", "why x["]) {
      assert.ok(text.includes(words), words);
    }
    await ask(page, "dw[0,0,0,0]");
    assert.match(await textOf(page, "#panel-why"), /why dw\[0,0,0,0\]/);
  }));

  it("show what is not finite", onPage("broken-nan.html", async (page) => {
    await ask(page, "y[0]");
    const text = await textOf(page, "#panel-tensor");
    for (const words of ["nan", "-inf", "inf"]) assert.ok(text.includes(words), words);
  }));
});

it("an op without an explanation says so", onPage("custom-op.html", async (page) => {
  await ask(page, "dx[1]");
  assert.equal(await textOf(page, "#panel-why .headline"), "dx[1] = -16");
  assert.match(await textOf(page, "#panel-why"), /silent gives no explanation/);
}));

it("names and the title stay text", onPage("hostile.html", async (page) => {
  assert.equal(await page.evaluate(() => globalThis.pwned), undefined);
  assert.equal(await page.locator("img").count(), 0);
  assert.match(await page.title(), /^<\/title><script>globalThis.pwned=3<\/script> & "more"$/);
  await ask(page, 'd<img src=x onerror="globalThis.pwned=1">[1]');
  const headline = await textOf(page, "#panel-why .headline");
  assert.match(headline, /^d<img src=x onerror="globalThis.pwned=1">\[1\] = /);
  await ask(page, "__proto__");
  assert.match(await textOf(page, "#panel-why .headline"), /^__proto__ = /);
  for (let i = 0; i < await endOf(page); i++) await page.keyboard.press("b");
  assert.equal(await page.evaluate(() => globalThis.pwned), undefined);
}));
