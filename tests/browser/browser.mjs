// Opens the pages of write_pages in Chromium, and keeps watch over what they must never do.
import assert from "node:assert/strict";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";

export const pages = process.env.PAGES;

export const launch = () =>
  chromium.launch({
    executablePath: process.env.CHROMIUM,
    args: ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-background-networking",
      "--disable-component-update", "--disable-sync"],
  });

/**
 * Opens a page of the folder, as "conv.html?embed=stage#t=9", and gives it to `use` when it is ready. That it asked for
 * anything but its own file, wrote an error to the console or threw one is an error afterwards.
 */
export const withPage = async (browser, link, use, width = 1280, locale = "en-US") => {
  const context = await browser.newContext({ viewport: { width, height: 900 }, locale });
  const page = await context.newPage();
  const [file, hash = ""] = link.split("#");
  const [name, query = ""] = file.split("?");
  const address = pathToFileURL(path.join(pages, name)).href;
  const faults = [];
  page.on("console", (message) => message.type() === "error" && faults.push(message.text()));
  page.on("pageerror", (error) => faults.push(String(error)));
  page.on("request", (request) => {
    const url = request.url();
    if (url.split(/[?#]/)[0] !== address && !/^(data|blob):/.test(url)) faults.push(`asks for ${url}`);
  });
  try {
    await page.goto(`${address}?${query}#${hash}`);
    await page.locator("html[data-ready]").waitFor({ timeout: 30000 }).catch(() => {});
    assert.deepEqual(faults, [], `${name} does not start`);
    await use(page);
    assert.deepEqual(faults, [], name);
  } finally {
    await context.close();
  }
};

/** The text of an element, with one kind of minus and of space. */
export const textOf = async (page, selector) => plain(await page.locator(selector).innerText());
export const cells = (page, selector) => page.locator(selector).evaluateAll((all) => all.map((cell) => cell.textContent));
export const plain = (text) => text.replaceAll("−", "-").replaceAll(/\s+/g, " ").trim();

export const ask = async (page, number) => {
  await page.fill("#why-input", number);
  await page.press("#why-input", "Enter");
  await page.locator("body").click({ position: { x: 2, y: 2 } }); // keys go to the page again
};

export const timeOf = async (page) => Number(await page.locator("#time").inputValue());
export const endOf = async (page) => Number(await page.locator("#time").getAttribute("max"));
