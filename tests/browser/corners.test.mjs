// Programs with something odd: a branch, ops and names that look like others, tensors without elements.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { ask, launch, textOf, withPage } from "./browser.mjs";

let browser;
before(async () => { browser = await launch(); });
after(async () => { await browser.close(); });
const onPage = (link, use) => () => withPage(browser, link, use);

const headline = (page) => textOf(page, "#panel-why .headline");

describe("a branch", () => {
  it("says what was set, and what the op computes there", onPage("branch.html#why=z[0,0,0,0]", async (page) => {
    assert.match(await textOf(page, "#summary"), /; a branch: z\[0,0,0,0\] = 5, x\[0,1,0,0\] = 1$/);
    assert.equal(await headline(page), "z[0,0,0,0] = 5");
    assert.equal(await textOf(page, "#why-audit"), "set by hand; the op computes -24");
    assert.equal(await page.locator("#why-audit").getAttribute("data-ok"), "set");
    assert.match(await textOf(page, "#window-sum"), /= -24 set by hand; the op computes -24$/);
    assert.equal(await page.locator("#panel-tensor [data-tensor=value] td.set").count(), 1);
    assert.equal(await page.locator("#panel-tensor [data-tensor=gradient] td.set").count(), 0);
    await ask(page, "z[0,0,0,1]");
    assert.equal(await page.locator("#why-audit").getAttribute("data-ok"), "true");
    await ask(page, "x[0,1,0,0]");
    assert.match(await textOf(page, "#panel-why"), /x\[0,1,0,0\] = 1 Set by hand\./);
  }));

  it("asks for no number that was set", onPage("branch.html#why=z[0,0,0,0]", async (page) => {
    await page.check("#predict-toggle");
    assert.equal(await headline(page), "z[0,0,0,0] = 5");
    assert.match(await textOf(page, "#panel-predict"), /z\[0,0,0,0\] is given/);
    await ask(page, "z[0,0,0,1]");
    assert.equal(await headline(page), "z[0,0,0,1] = ?");
  }));
});

describe("ops of the program's own", () => {
  it("are not taken for the library's of the same names", onPage("same-names.html#why=y[0,0,0,1]", async (page) => {
    assert.equal(await headline(page), "y[0,0,0,1] = -4");
    assert.equal(await page.locator("#panel-stage .choice").count(), 0, "no window, no matrices");
    await ask(page, "z[0,0,0,1]");
    assert.equal(await headline(page), "z[0,0,0,1] = -2");
    assert.equal(await page.locator("#why-audit").count(), 0);
    assert.match(await textOf(page, "#panel-why"), /the page does not know relu, an op of the program's own; in the terminal: why z/);
  }));
});

describe("a tensor without elements", () => {
  it("is said to have none", onPage("empty.html", async (page) => {
    for (const number of ["x", "dx", "y", "dy"]) {
      await ask(page, number);
      const text = await textOf(page, "main");
      assert.match(await textOf(page, "#panel-why"), /has the shape \[0,3\]: no elements/);
      assert.doesNotMatch(text, /NaN|undefined/, number);
      assert.equal(await page.locator("#why-input").inputValue(), number);
    }
  }));
});

describe("names", () => {
  const labels = (page) => page.evaluate(() =>
    Reel.ui.trace.nodes.map(({ name }, i) => [name, Reel.ui.label({ node: i, gradient: true, element: 0 })]));

  it("that cannot be typed, or say two things, become numbers", onPage("names.html", async (page) => {
    const byName = new Map(await labels(page));
    assert.equal(byName.get("two\\nlines"), "dtwo\\nlines[0]"); // as the trace writes a line's end
    assert.equal(byName.get("y"), "d#1[0]"); // a node is called y[0]
    assert.match(byName.get("y[0]"), /^d#\d+$/);
    assert.equal(byName.get("a\\u202eb"), "da\\u202eb"); // and what turns a line
  }));

  it("lead back to what they name", onPage("names.html", async (page) => {
    for (const [node, [, label]] of (await labels(page)).entries()) {
      await ask(page, label);
      assert.equal(await page.evaluate(() => Reel.ui.state.focus.node), node, label);
    }
  }));
});
