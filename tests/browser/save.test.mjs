// Figures as files: SVG of plain texts, rects and images, PNG of the same.
import assert from "node:assert/strict";
import fs from "node:fs";
import { after, before, describe, it } from "node:test";
import { launch, withPage } from "./browser.mjs";

let browser;
before(async () => { browser = await launch(); });
after(async () => { await browser.close(); });
const onPage = (link, use) => () => withPage(browser, link, use);

/** Saves what a line of a panel's menu offers: {name, bytes}. */
const saved = async (page, panel, line, kind) => {
  await page.locator(`#panel-${panel} .menu summary`).press("Enter");
  const button = page.locator(`#panel-${panel} .menu li`).nth(line).getByRole("button", { name: kind });
  const [download] = await Promise.all([page.waitForEvent("download"), button.click()]);
  await page.keyboard.press("Escape");
  return { name: download.suggestedFilename(), bytes: fs.readFileSync(await download.path()) };
};

/** What an SVG has, as a browser reads it that knows nothing of the page. */
const contentOf = (page, markup) => page.evaluate((text) => {
  const { documentElement: svg } = new DOMParser().parseFromString(text, "image/svg+xml");
  const all = (tag) => [...svg.getElementsByTagName(tag)];
  return {
    root: svg.tagName,
    tags: [...new Set([...svg.querySelectorAll("*")].map(({ tagName }) => tagName))].sort(),
    texts: all("text").map(({ textContent }) => textContent),
    images: all("image").map((image) => image.getAttribute("href").slice(0, 22)),
    fills: [...new Set([...svg.querySelectorAll("[fill]")].map((one) => one.getAttribute("fill")))],
    size: ["width", "height"].map((name) => Number(svg.getAttribute(name))),
  };
}, markup);

describe("a saved figure", () => {
  it("has the grids of the stage as rects and texts", onPage("conv.html#why=z[0,0,1,1]", async (page) => {
    const { name, bytes } = await saved(page, "stage", 0, "SVG");
    assert.equal(name, "Convolution-How-z-0-0-1-1-comes-about.svg");
    const { root, tags, texts, fills } = await contentOf(page, String(bytes));
    assert.equal(root, "svg");
    assert.deepEqual(tags, ["defs", "line", "path", "pattern", "rect", "text"]);
    for (const text of ["How z[0,0,1,1] comes about", "43", "77", "40", "⊙", "products"]) assert.ok(texts.includes(text), text);
    assert.ok(!texts.includes("one output"), "no buttons");
    assert.ok(fills.every((fill) => /^(#[\da-f]{6}|none|url\(#hatch\))$/.test(fill)), fills.join());
  }));

  it("has the network with its style in it", onPage("lenet.html", async (page) => {
    const { name, bytes } = await saved(page, "network", 0, "SVG");
    assert.equal(name, "LeNet-5-The-network.svg");
    const { texts, images, size } = await contentOf(page, String(bytes));
    assert.ok(texts.some((text) => text.includes("conv1")));
    assert.ok(images.length > 0 && images.every((href) => href === "data:image/png;base64,"));
    assert.ok(size[0] > 600 && size[1] > 100);
    assert.doesNotMatch(String(bytes), /foreignObject|class=|tabindex|var\(/);
  }));

  it("has what is scrolled out of sight, and heat maps as images", onPage("lenet.html#why=conv1.conv2d[0,2,14,14]", async (page) => {
    await page.setViewportSize({ width: 600, height: 700 });
    const { bytes } = await saved(page, "why", 0, "SVG");
    const { texts } = await contentOf(page, String(bytes));
    assert.ok(texts.includes("running") && texts.includes("re-summed here"));
    const stage = await contentOf(page, String((await saved(page, "stage", 0, "SVG")).bytes));
    assert.ok(stage.images.length >= 2);
  }));

  it("is one figure alone, as a PNG of three times its size", onPage("conv.html#why=z[0,0,1,1]", async (page) => {
    const { name, bytes } = await saved(page, "stage", 1, "PNG");
    assert.equal(name, "Convolution-x-0-0.png");
    assert.equal(bytes.subarray(1, 4).toString(), "PNG");
    const box = await page.locator("#panel-stage figure").first().boundingBox();
    assert.ok(bytes.readUInt32BE(16) >= 3 * box.width * 0.6 && bytes.readUInt32BE(16) % 3 === 0);
  }));

  it("is plain text where names are hostile", onPage("hostile.html", async (page) => {
    const { root, tags } = await contentOf(page, String((await saved(page, "network", 0, "SVG")).bytes));
    assert.equal(root, "svg");
    assert.ok(!tags.includes("script") && !tags.includes("img"));
  }));

  it("is one where a name has what XML has no place for", onPage("conv.html", async (page) => {
    await page.evaluate(() => {
      for (const node of Reel.ui.trace.nodes) node.name += "\uffff\ufffe\ud800\u0001";
      Reel.ui.redraw();
    });
    assert.equal((await contentOf(page, String((await saved(page, "network", 0, "SVG")).bytes))).root, "svg");
    assert.equal((await saved(page, "network", 0, "PNG")).bytes.subarray(1, 4).toString(), "PNG");
  }));

  it("is no longer as a PNG than browsers draw", onPage("recurrent.html", async (page) => {
    const { bytes } = await saved(page, "network", 0, "PNG");
    assert.equal(bytes.readUInt32BE(16), 16000);
  }));

  it("leaves the page as it was", onPage("conv.html", async (page) => {
    const html = () => page.locator("#panel-why .body").evaluate((body) => body.innerHTML);
    await page.locator("#why-check:not([aria-busy])").waitFor();
    const before = await html();
    await saved(page, "why", 0, "SVG");
    assert.equal(await html(), before);
    assert.equal(await page.locator(".drawn").count(), 0);
  }));
});
