// Large type, one panel alone, a panel in another document.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { launch, textOf, withPage } from "./browser.mjs";

let browser;
before(async () => { browser = await launch(); });
after(async () => { await browser.close(); });
const onPage = (link, use, width) => () => withPage(browser, link, use, width);

const visiblePanels = (page) => page.locator("section[id^=panel-]").evaluateAll((all) =>
  all.filter((panel) => panel.checkVisibility()).map((panel) => panel.id));
const sizeOf = (page, selector) => page.locator(selector).first().evaluate((element) => element.getBoundingClientRect().width);
const fits = (page) => page.evaluate(() => {
  const { scrollWidth, scrollHeight } = document.scrollingElement;
  return scrollWidth <= innerWidth && scrollHeight <= innerHeight;
});

describe("large type", () => {
  it("comes and goes by a key, heat maps and the network with it", onPage("lenet.html", async (page) => {
    const sizes = async () => [await sizeOf(page, "#panel-stage canvas"), await sizeOf(page, "svg.network rect.frame")];
    const before = await sizes();
    await page.keyboard.press("l");
    const large = await sizes();
    assert.ok(large.every((size, i) => size > 1.5 * before[i]), `${before} to ${large}`);
    assert.ok(await page.evaluate(() => document.scrollingElement.scrollWidth <= innerWidth));
    await page.keyboard.press("l");
    assert.deepEqual(await sizes(), before);
  }, 1920));
});

describe("one panel alone", () => {
  it("is the stage by a key, as large as it fits", onPage("conv.html#why=z[0,0,0,0]", async (page) => {
    const before = await sizeOf(page, "#panel-stage td");
    await page.keyboard.press("o");
    assert.deepEqual(await visiblePanels(page), ["panel-time", "panel-stage"]);
    assert.ok(await sizeOf(page, "#panel-stage td") > before);
    assert.ok(await fits(page));
    await page.keyboard.press("Escape");
    assert.ok((await visiblePanels(page)).includes("panel-why"));
    assert.equal(await sizeOf(page, "#panel-stage td"), before);
  }));

  it("is the panel of the button, or the one that has the keyboard", onPage("conv.html", async (page) => {
    const button = page.locator("#panel-tensor .expand");
    await button.click();
    assert.deepEqual(await visiblePanels(page), ["panel-time", "panel-tensor"]);
    assert.equal(await button.getAttribute("aria-pressed"), "true");
    await button.click();
    await page.locator("#panel-network rect.frame[tabindex='0']").focus();
    await page.keyboard.press("o");
    assert.deepEqual(await visiblePanels(page), ["panel-network", "panel-time"]);
  }));

  it("is left where it has nothing to say", onPage("conv.html#why=y[0,0,1,1]", async (page) => {
    await page.locator("#panel-edit .expand").click();
    assert.deepEqual(await visiblePanels(page), ["panel-time", "panel-edit"]);
    await page.evaluate(() => { document.getElementById("panel-edit").hidden = true; Reel.ui.update({}); });
    assert.ok((await visiblePanels(page)).includes("panel-stage"));
  }));

  it("gives way to the one that a lesson's button leads to", onPage("told.html", async (page) => {
    await page.locator("#panel-lesson .expand").click();
    await page.getByRole("button", { name: "rf z[0,0,0,0]", exact: true }).click();
    assert.ok((await visiblePanels(page)).includes("panel-rf"));
  }));
});

describe("in another document", () => {
  const embedded = (link, size, use) => onPage(link, async (page) => {
    await page.setViewportSize(size);
    await use(page);
  });

  it("a panel stands alone and fits a small frame",
    embedded("conv.html?embed=stage#t=9&why=z[0,0,1,1]", { width: 320, height: 240 }, async (page) => {
      assert.deepEqual(await visiblePanels(page), ["panel-stage"]);
      assert.equal(await page.locator("header, .tools").filter({ visible: true }).count(), 0);
      assert.match(await textOf(page, "#window-sum"), /= 40$/);
      assert.ok(await page.evaluate(() => document.scrollingElement.scrollWidth <= innerWidth));
      await page.keyboard.press("b");
      assert.match(await page.evaluate(() => location.hash), /^#t=8&/);
    }));

  for (const panel of ["network", "lesson", "tensor", "why"]) {
    it(`the panel ${panel} is no wider than its frame`,
      embedded(`told.html?embed=${panel}`, { width: 320, height: 240 }, async (page) => {
        assert.deepEqual(await visiblePanels(page), [`panel-${panel}`]);
        assert.ok(await page.evaluate(() => document.scrollingElement.scrollWidth <= innerWidth));
      }));
  }

  it("what is being typed stays when the frame changes, as by a keyboard on the screen",
    embedded("conv.html?embed=predict#ask=dw[0,1,0,1]", { width: 390, height: 700 }, async (page) => {
      await page.fill("#predict-answer", "-4");
      await page.evaluate(() => { window.resized = new Promise((done) => window.addEventListener("resize", () => done())); });
      await page.setViewportSize({ width: 390, height: 400 });
      await page.evaluate(() => window.resized);
      assert.equal(await page.inputValue("#predict-answer"), "-4");
      assert.equal(await page.evaluate(() => document.activeElement.id), "predict-answer");
    }));

  it("a panel that has nothing to say says so", onPage("custom-op.html?embed=cost", async (page) => {
    assert.equal(await textOf(page, "body"), "This panel has nothing to say of the chosen number.");
  }));

  it("a panel that there is not is told, and the page is there", onPage("conv.html?embed=lab", async (page) => {
    assert.match(await textOf(page, "#status"), /^embed=lab: the page has no such panel; it has network, lesson, tensor, stage, why/);
    assert.ok((await visiblePanels(page)).includes("panel-stage"));
  }));
});
