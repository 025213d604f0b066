// The network as a picture.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { ask, endOf, launch, textOf, timeOf, withPage } from "./browser.mjs";

let browser;
before(async () => { browser = await launch(); });
after(async () => { await browser.close(); });
const onPage = (link, use, width) => () => withPage(browser, link, use, width);

const card = (page, name) => page.locator("svg.network g.card", { hasText: name }).first();
const names = (page, kind = "") => page.locator(`svg.network g.card${kind} .name`).allTextContents();
const boxOf = async (page, name) => card(page, name).locator(".frame").boundingBox();

describe("the network", () => {
  it("has its boxes from left to right, and weights below their ops", onPage("conv.html#why=z[0,0,0,0]", async (page) => {
    const [x, z, w, loss] = [await boxOf(page, "x"), await boxOf(page, "z"), await boxOf(page, "w"), await boxOf(page, "loss")];
    assert.ok(x.x + x.width < z.x && z.x + z.width < loss.x);
    assert.ok(w.y > z.y + z.height && Math.abs(w.x + w.width / 2 - z.x - z.width / 2) < 1);
  }));

  it("shows small tensors by their numbers, large ones as pictures", onPage("lenet.html#why=loss", async (page) => {
    assert.match(await card(page, "loss").textContent(), /cross_entropy\d\.\d+$/);
    assert.match(await card(page, "image").locator("image").getAttribute("href"), /^data:image\/png/);
  }));

  it("names a layer's tensors within the layer", onPage("lenet.html#why=loss", async (page) => {
    const all = await names(page);
    for (const name of ["conv1", "weight", "bias", "fc3", "max_pool2d"]) assert.ok(all.includes(name), name);
  }));

  it("shows branches in lanes of their own, and where they join", onPage("branches.html#why=loss", async (page) => {
    const [narrow, wide, concat] = [await boxOf(page, "narrow"), await boxOf(page, "wide"), await boxOf(page, "concat")];
    assert.ok(wide.y > narrow.y + narrow.height);
    assert.ok(concat.x > wide.x + wide.width);
    const edges = await page.evaluate(() => document.querySelectorAll("svg.network g.edge:has(.head)").length);
    assert.equal(edges, await page.evaluate(() => Reel.layers(Reel.ui.trace.nodes).boxes.flatMap(({ inputs }) => inputs).length));
  }));

  it("shows a plus where gradients add up, as they come", onPage("residual.html#why=dx[0,0,0,0]", async (page) => {
    const plus = page.locator("svg.network g.plus");
    assert.equal(await plus.count(), 2, "x and what the loss squares");
    assert.equal(await page.locator("svg.network g.plus.done").count(), 2);
    await page.evaluate(() => Reel.ui.update({ time: Reel.ui.trace.gradEvents(0)[0] + 1 }));
    assert.equal(await page.locator("svg.network g.plus.part").count(), 1);
    await ask(page, "x[0,0,0,0]");
    assert.equal(await plus.count(), 0, "values do not add up");
  }));

  it("lights up what happened last, forward and back", onPage("conv.html#t=0", async (page) => {
    const lit = () => page.locator("svg.network g.card.last .name").allTextContents();
    const pale = () => page.locator("svg.network g.card.not-yet").count();
    assert.ok((await pale()) > 5);
    await page.keyboard.press("f");
    assert.deepEqual(await lit(), ["loss"]);
    assert.equal(await pale(), 0);
    assert.equal(await page.locator("svg.network g.edge.last:not(.backward)").count(), 2);
    await page.keyboard.press("s");
    await page.keyboard.press("s");
    assert.deepEqual(await lit(), ["dy"]);
    assert.equal(await page.locator("svg.network g.edge.last.backward").count(), 1);
    assert.ok((await pale()) > 5, "gradients that have not come");
  }));

  it("turns from values to gradients", onPage("conv.html#why=z[0,0,0,0]", async (page) => {
    assert.ok((await names(page)).includes("z"));
    await page.getByRole("button", { name: "gradients", exact: true }).click();
    assert.ok((await names(page)).includes("dz"));
    assert.equal(await page.locator("#why-input").inputValue(), "dz[0,0,0,0]");
  }));

  it("hides a number that is to be predicted", onPage("conv.html#why=y[0,0,1,0]", async (page) => {
    assert.match(await card(page, "y").textContent(), /16/);
    await page.locator("body").press("p");
    assert.doesNotMatch(await card(page, "y").textContent(), /16/);
  }));

  it("picks a tensor, by mouse and by keyboard", onPage("conv.html#why=z[0,0,0,0]", async (page) => {
    await card(page, "conv1x1").click();
    assert.match(await textOf(page, "#panel-tensor"), /y = conv1x1\(a, v, c\)/);
    await card(page, "relu").locator(".frame").press("Enter");
    assert.match(await textOf(page, "#panel-tensor"), /a = relu\(z\)/);
    for (const [key, number] of [["ArrowLeft", "z[0,0,0,0]"], ["ArrowDown", "w[0,0,0,0]"], ["ArrowUp", "z[0,0,0,0]"], ["ArrowRight", "a[0,0,0,0]"]]) {
      await page.keyboard.press(key);
      assert.equal(await page.locator("#why-input").inputValue(), number, key);
    }
  }));
});

describe("a long network", () => {
  it("folds its layers until it fits, and unfolds them", onPage("deep.html", async (page) => {
    const count = () => page.locator("svg.network g.card").count();
    const folded = await count();
    assert.ok(folded < 20, `${folded} boxes`);
    await page.locator("svg.network g.fold").first().click();
    assert.equal(await count(), folded + 11, "six ops and six weights in place of one layer");
    await page.locator("svg.network g.fold").first().press("Enter");
    assert.equal(await count(), folded);
  }));

  it("takes no more room than there is, where that is enough", async () => {
    const rooms = [["lenet.html", 1280], ["lenet.html", 1366], ["residual.html", 1280], ["residual.html", 1000]];
    for (const [link, width] of rooms) {
      await withPage(browser, link, async (page) => {
        const [needed, there] = await page.locator(".network-frame").evaluate((e) => [e.scrollWidth, e.clientWidth]);
        assert.ok(needed <= there, `${link} at ${width}: ${needed} of ${there}`);
      }, width);
    }
  });

  it("scrolls in its frame to what is stepped to", onPage("recurrent.html#t=1", async (page) => {
    const seen = () => page.evaluate(() => {
      const frame = document.querySelector(".network-frame").getBoundingClientRect();
      const node = document.querySelector("svg.network g.card.focus").getBoundingClientRect();
      return node.left >= frame.left - 1 && node.right <= frame.right + 1;
    });
    await page.keyboard.press("f");
    assert.ok(await seen(), "the loss");
    await page.keyboard.press("Home");
    await page.keyboard.press("s");
    assert.ok(await seen(), "the first weight");
    assert.ok(await page.evaluate(() => document.scrollingElement.scrollWidth <= innerWidth));
  }));
});

describe("the time bar", () => {
  it("plays to the end, with a pause", onPage("conv.html#t=0", async (page) => {
    await page.getByLabel("speed").selectOption("fast");
    await page.getByRole("button", { name: "play" }).click();
    await page.waitForFunction(() => Reel.ui.state.time > 2);
    await page.getByRole("button", { name: "pause" }).click();
    const stopped = await timeOf(page);
    assert.ok(stopped < await endOf(page));
    await page.getByRole("button", { name: "play" }).click();
    await page.waitForFunction(() => Reel.ui.state.time === Reel.ui.trace.events.length);
    await page.getByRole("button", { name: "play" }).waitFor();
  }));

  it("steps once a press where less motion is wanted", onPage("conv.html#t=0", async (page) => {
    await page.emulateMedia({ reducedMotion: "reduce" });
    await page.getByRole("button", { name: "play" }).click();
    assert.equal(await page.evaluate(() => Reel.ui.state.playing), null);
    assert.equal(await timeOf(page), 1);
  }));
});
