// playground.html of the folder $PAGES in a browser: it trains, reads what is drawn, and answers about a step.
import assert from "node:assert/strict";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { after, before, describe, it } from "node:test";
import zlib from "node:zlib";
import { launch, textOf, withPage } from "../browser.mjs";

const kPage = "playground.html"; // in the folder $PAGES
let browser;
before(async () => { browser = await launch(); });
after(async () => { await browser.close(); });
const onPage = (use) => () => withPage(browser, kPage, use);

const stepOf = async (page) => Number(/step (\d+)/.exec(await textOf(page, "#state"))[1]);
const shareOf = async (page) => Number(/: ([\d.]+)%/.exec(await textOf(page, "#state"))[1]);

const choose = (page, setting, value) => page.getByLabel(setting, { exact: true }).selectOption(value);

/** Trains until `enough`, then pauses. */
const trainUntil = async (page, enough) => {
  await page.click("#train");
  while (!(await enough())) await page.waitForTimeout(100);
  await page.click("#train");
  await page.getByRole("button", { name: "▶ Train" }).waitFor();
};

/** Trains on where it is paused because of a loss that is far too large. */
const trainToNaN = async (page) => {
  const noLoss = page.getByText("has no loss");
  while (!(await noLoss.isVisible())) {
    await page.click("#train");
    await page.getByRole("button", { name: "▶ Train" }).waitFor();
  }
};

// As people write digits, in hundredths of the pad.
const kDigits = [
  [[[50, 12], [30, 30], [28, 65], [48, 88], [70, 68], [70, 32], [50, 12]]],
  [[[55, 10], [50, 50], [46, 90]]],
  [[[30, 28], [45, 12], [66, 24], [60, 48], [28, 88], [72, 86]]],
  [[[30, 16], [60, 14], [66, 30], [46, 46], [68, 62], [60, 84], [30, 84]]],
  [[[36, 12], [28, 52], [72, 52]], [[62, 14], [58, 90]]],
  [[[68, 12], [36, 14], [32, 44], [60, 46], [68, 66], [54, 86], [30, 82]]],
  [[[60, 10], [36, 40], [30, 70], [46, 88], [64, 76], [58, 56], [34, 62]]],
  [[[26, 14], [72, 14], [52, 50], [44, 90]]],
  [[[62, 20], [42, 14], [36, 32], [64, 62], [58, 86], [36, 80], [42, 58], [66, 30], [60, 16]]],
  [[[66, 24], [46, 14], [34, 34], [50, 48], [66, 28], [62, 60], [56, 90]]],
];

const draw = async (page, strokes) => {
  await page.click("#clear");
  await page.locator("#pad").scrollIntoViewIfNeeded();
  const { x, y, width } = await page.locator("#pad").boundingBox();
  for (const stroke of strokes) {
    const at = ([px, py]) => [x + (px * width) / 100, y + (py * width) / 100];
    await page.mouse.move(...at(stroke[0]));
    await page.mouse.down();
    for (const point of stroke.slice(1)) await page.mouse.move(...at(point), { steps: 6 });
    await page.mouse.up();
  }
  await page.locator("#verdict").waitFor();
  await page.waitForTimeout(150);
  return textOf(page, "#verdict");
};

describe("the training", () => {
  it("is paused at first, and knows nothing", onPage(async (page) => {
    assert.equal(await stepOf(page), 0);
    assert.ok((await shareOf(page)) < 40);
    assert.match(await textOf(page, "#panel-network"), /61,706 parameters in all/);
  }));

  it("comes to 97% of images it has not seen, and reads nine of ten that are drawn", onPage(async (page) => {
    await trainUntil(page, async () => (await shareOf(page)) >= 97);
    const verdicts = [];
    for (const strokes of kDigits) verdicts.push(await draw(page, strokes));
    const right = verdicts.filter((verdict, digit) => verdict === `read as ${digit}`);
    assert.ok(right.length >= 9, verdicts.join("; "));
  }));

  it("ends at a learning rate of 100 with a reason, and goes back to the best", onPage(async (page) => {
    await trainUntil(page, async () => (await stepOf(page)) > 20);
    await choose(page, "optimiser", "sgd");
    await choose(page, "batch", "64");
    await choose(page, "learning rate", "100");
    await trainToNaN(page);
    assert.match(await textOf(page, ".trouble"), /Step \d+ has no loss: \S+ is the first that has an infinity or a NaN/);
    assert.match(await textOf(page, ".trouble"), /at a learning rate of 100\./);
    assert.doesNotMatch(await textOf(page, "body"), /undefined|null/);
    await choose(page, "learning rate", "0.1");
    await page.click("#go-back");
    await page.locator(".trouble").waitFor({ state: "detached" });
    const step = await stepOf(page);
    await page.click("#one-step");
    await page.waitForFunction((before) => document.getElementById("state").textContent.includes(`step ${before + 1}`), step);
  }));
});

describe("the learning rate", () => {
  it("is told where it falls, and can be set while the training goes on", onPage(async (page) => {
    await choose(page, "course of the learning rate", "500");
    await choose(page, "batch", "1");
    await trainUntil(page, async () => (await stepOf(page)) > 500);
    assert.match(await textOf(page, "#state"), /, learning rate 0\.00[01]/);
    assert.doesNotMatch(await textOf(page, "#state"), /learning rate 0\.002/);
    await choose(page, "learning rate", "0.01");
    await page.waitForFunction(() => document.getElementById("state").textContent.includes("learning rate 0.01"));
  }));

  it("that makes a loss far too large is told, where it stays a number", onPage(async (page) => {
    await choose(page, "learning rate", "100");
    await page.click("#train");
    await page.getByText("the learning rate is too high").waitFor();
    await page.getByRole("button", { name: "▶ Train" }).waitFor();
    await choose(page, "learning rate", "0.002");
    await page.click("#go-back");
    await page.locator(".trouble").waitFor({ state: "detached" });
    assert.equal(await stepOf(page), 0);
  }));

  it("of 100 whose step has no loss is asked where that began", onPage(async (page) => {
    await choose(page, "optimiser", "sgd");
    await choose(page, "batch", "64");
    await choose(page, "learning rate", "100");
    await trainToNaN(page);
    await page.getByRole("button", { name: "Ask this step" }).click();
    const inside = page.frameLocator("#step-page");
    await inside.locator("html[data-ready]").waitFor();
    assert.match(await inside.locator("#panel-why .headline").innerText(), /nan|inf|∞/i);
    assert.match(await inside.locator("#story").innerText(), /^This step has no loss\./);
  }));
});

describe("the network", () => {
  it("is changed by the keyboard, which stays with the layer that it moves", onPage(async (page) => {
    const kinds = () => page.locator("#panel-network .layer-head b").allInnerTexts();
    await page.getByLabel("Move down").first().press("Enter");
    await page.getByText("Train this network").waitFor();
    assert.deepEqual((await kinds()).slice(0, 3), ["relu1", "conv1", "pool1"]);
    await page.keyboard.press("Enter");
    await page.locator("#panel-network li:nth-child(3) b", { hasText: "conv1" }).waitFor();
    assert.deepEqual((await kinds()).slice(0, 3), ["relu1", "pool1", "conv1"]);
  }));

  it("is trained as the visitor has put it together", onPage(async (page) => {
    await page.getByRole("button", { name: "Hidden layer" }).click();
    await page.selectOption("#add-layer", "dropout");
    await page.click("#use-network");
    await page.locator("#use-network").waitFor({ state: "detached" });
    const kinds = await page.locator("#panel-network .layer-head b").allInnerTexts();
    assert.deepEqual(kinds, ["fc1", "relu1", "dropout", "fc2"]);
    await page.click("#one-step");
    await page.waitForFunction(() => document.getElementById("state").textContent.includes("step 1"));
  }));

  it("says which layer does not fit and what to change, and goes on with the one it has", onPage(async (page) => {
    await page.selectOption("#add-layer", "conv"); // behind pool2, before the first linear
    await page.getByText("8×3×3").waitFor();
    const row = page.locator("#panel-network li").nth(6);
    await row.getByLabel("kernel").fill("11");
    await row.getByLabel("kernel").press("Enter");
    await page.locator("#panel-network .error").waitFor();
    assert.equal(await page.locator("#panel-network li.wrong").count(), 1);
    assert.match(await textOf(page, "#panel-network li.wrong"), /pad more or shrink the kernel/);
    assert.match(await textOf(page, "#panel-network li:nth-child(6)"), /^pool2 .*16×5×5/);
    assert.ok(await page.locator("#use-network").isDisabled());
    await page.click("#restart");
    await page.click("#one-step");
    await page.waitForFunction(() => document.getElementById("state").textContent.includes("step 1"));
  }));
});

/** Asks the page of a step for a number, whose terms are to add up to it. */
const checkInside = async (inside, number) => {
  await inside.locator("#why-input").fill(number);
  await inside.locator("#why-input").press("Enter");
  const headline = inside.locator("#panel-why .headline", { hasText: number });
  await headline.waitFor();
  assert.equal(await inside.locator(".audit").first().getAttribute("data-ok"), "true", number);
};

describe("stop and ask", () => {
  it("opens the page of the step, whose numbers have reasons and checks", onPage(async (page) => {
    await trainUntil(page, async () => (await stepOf(page)) > 5);
    const next = (await stepOf(page)) + 1;
    await page.click("#stop");
    const inside = page.frameLocator("#step-page");
    await inside.locator("html[data-ready]").waitFor();
    assert.match(await inside.locator("#title").innerText(), new RegExp(`Step ${next} of the training`));
    assert.match(await inside.locator("#story").innerText(), /for the first of its 32 images/);
    for (const number of ["dlogits[0,3]", "dconv1.bias[2]", "logits[0,4]"]) await checkInside(inside, number);
    await page.getByRole("button", { name: "The whole batch" }).click();
    await inside.locator("#story", { hasText: "for all 32 images" }).waitFor();
    await checkInside(inside, "dlogits[31,3]");
  }));

  it("answers in the terminal about the same step", onPage(async (page) => {
    await page.click("#stop");
    await page.getByLabel("terminal", { exact: true }).check();
    await page.locator("#command").fill("why dlogits[0,3]");
    await page.locator("#command").press("Enter");
    await page.getByText("re-summed").waitFor();
    assert.match(await textOf(page, "#answers"), /\(step\) why dlogits\[0,3\] dlogits\[0,3\] = /);
    await page.click("#close-inquiry");
    await page.click("#one-step");
    await page.waitForFunction(() => document.getElementById("state").textContent.includes("step 1"));
  }));
});

describe("the language", () => {
  it("is Chinese where that is asked for, inside a step as well", () => withPage(browser, `${kPage}#lang=zh`, async (page) => {
    assert.equal(await page.evaluate(() => document.documentElement.lang), "zh");
    assert.match(await textOf(page, "#state"), /^第 0 步：还没有学习，没见过的图像认对 [\d.]+%$/);
    const spoken = await page.locator("h1, h2, button:visible, #panel-settings, #panel-data p").allInnerTexts();
    const english = spoken.filter((one) => /[A-Za-z]{3}/.test(one.replaceAll(/SGD|Adam|MNIST|LeNet|Reel/g, "")));
    assert.deepEqual(english, []);
    await page.click("#stop");
    const inside = page.frameLocator("#step-page");
    await inside.locator("html[data-ready]").waitFor();
    assert.equal(await inside.locator("#title").innerText(), "训练的第 1 步");
    assert.match(await inside.locator("#story").innerText(), /^接下来是第 1 步，学习率 0.002。/);
  }));
});

// ---- Files.

/** A picture of one grey, as a BMP. */
const bmp = (side, grey) => {
  const bytes = Buffer.alloc(54 + 3 * side * side, grey); // side is divisible by 4, so rows are not padded
  bytes.fill(0, 0, 54);
  bytes.write("BM");
  for (const [at, value] of [[2, bytes.length], [10, 54], [14, 40], [18, side], [22, side]]) bytes.writeUInt32LE(value, at);
  bytes.writeUInt16LE(1, 26);
  bytes.writeUInt16LE(24, 28);
  return bytes;
};

const idx = (sizes, bytes) => {
  const header = Buffer.alloc(4 + 4 * sizes.length);
  header.writeUInt32BE(0x800 + sizes.length);
  sizes.forEach((size, i) => header.writeUInt32BE(size, 4 + 4 * i));
  return Buffer.concat([header, bytes]);
};

const inFolder = (use) => onPage(async (page) => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "playground-"));
  try {
    await use(page, folder);
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
});

describe("files", () => {
  it("of a folder for each class become what is trained on", inFolder(async (page, folder) => {
    for (const [name, grey] of [["dark", 20], ["light", 230]]) {
      fs.mkdirSync(path.join(folder, name));
      for (let i = 0; i < 10; i++) fs.writeFileSync(path.join(folder, name, `${i}.bmp`), bmp(32, grey + i));
    }
    await page.setInputFiles("#pick-folder", folder);
    await page.getByText("pictures: 16 images to train on, 4 others to judge by, 2 classes").waitFor();
    await page.click("#one-step");
    await page.waitForFunction(() => document.getElementById("state").textContent.includes("step 1"));
    assert.match(await textOf(page, "#panel-confusion"), /dark light/);
  }));

  it("of MNIST are read, packed or not", inFolder(async (page, folder) => {
    const files = [];
    for (const [split, count] of [["train", 40], ["t10k", 20]]) {
      const images = idx([count, 28, 28], Buffer.alloc(count * 784, 128));
      const labels = idx([count], Buffer.from(Array.from({ length: count }, (_, i) => i % 10)));
      files.push([`${split}-images-idx3-ubyte.gz`, zlib.gzipSync(images)], [`${split}-labels-idx1-ubyte`, labels]);
    }
    for (const [name, bytes] of files) fs.writeFileSync(path.join(folder, name), bytes);
    await page.setInputFiles("#pick-files", files.map(([name]) => path.join(folder, name)));
    await page.getByText("MNIST: 40 images to train on, 20 others to judge by, 10 classes").waitFor();
  }));

  it("that are none of these are refused, and the training goes on", inFolder(async (page, folder) => {
    fs.writeFileSync(path.join(folder, "letter.txt"), "no picture");
    await page.setInputFiles("#pick-files", path.join(folder, "letter.txt"));
    await page.getByText("None of the 1 files is a picture that this browser reads").waitFor();
    fs.writeFileSync(path.join(folder, "train-images-idx3-ubyte"), "no idx");
    await page.setInputFiles("#pick-files", path.join(folder, "train-images-idx3-ubyte"));
    await page.getByText("has no t10k-images-idx3-ubyte").waitFor();
    await page.click("#one-step");
    await page.waitForFunction(() => document.getElementById("state").textContent.includes("step 1"));
  }));
});
