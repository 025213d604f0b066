"use strict";
// A part of the page as an SVG of its own: every text, box, cell, canvas and drawing where it is on the screen, as
// plain texts, rects and images with their colours, which every tool reads.
{
  const { ui } = Reel;
  const { svg } = ui;
  const kMargin = 12;
  const kHatch = "hatch";

  // ---- Colours and fonts.

  const pencil = document.createElement("canvas").getContext("2d", { willReadFrequently: true });

  // "#1a5f9e", or null of what is not seen. What mixed colours are called, not every tool knows.
  const colourOf = Reel.remembering((text) => {
    pencil.clearRect(0, 0, 1, 1);
    pencil.fillStyle = text;
    pencil.fillRect(0, 0, 1, 1);
    const [r, g, b, alpha] = pencil.getImageData(0, 0, 1, 1).data;
    const hex = [r, g, b].map((part) => part.toString(16).padStart(2, "0")).join("");
    return alpha === 0 ? null : { colour: `#${hex}`, opacity: alpha === 255 ? null : (alpha / 255).toFixed(3) };
  }, new Map());

  const paint = (kind, text) => {
    const found = text === "none" ? null : colourOf(text);
    return { [kind]: found?.colour ?? "none", [`${kind}-opacity`]: found?.opacity };
  };

  // How far the baseline lies below the upper edge of a line of text.
  const ascentOf = Reel.remembering((font) => {
    pencil.font = font;
    const { fontBoundingBoxAscent: above, fontBoundingBoxDescent: below } = pencil.measureText("x");
    return { above, height: above + below };
  }, new Map());

  const fontOf = (style) => ({
    "font-family": style.fontFamily,
    "font-size": style.fontSize,
    "font-weight": style.fontWeight === "400" ? null : style.fontWeight,
    "font-style": style.fontStyle === "normal" ? null : style.fontStyle,
  });

  // ---- Texts.

  // A text without what XML has no place for.
  const plain = (text) => text.replace(/[\p{Cc}\p{Cs}\uFFFE\uFFFF]/gu, " ");

  // The words of a text by the lines that they stand in.
  const linesOf = (node) => {
    const range = document.createRange();
    const lines = [];
    for (const { 0: word, index } of node.data.matchAll(/\S+/g)) {
      range.setStart(node, index);
      range.setEnd(node, index + word.length);
      const [box] = range.getClientRects();
      if (!box) continue;
      const line = lines.at(-1);
      if (line && Math.abs(line.top - box.top) < 1)
        Object.assign(line, { text: `${line.text} ${word}`, right: box.right });
      else lines.push({ text: word, left: box.left, top: box.top, right: box.right, height: box.height });
    }
    return lines;
  };

  // A number keeps its place in a cell, whatever font it is shown in.
  const anchorOf = (parent, { left, right }, { textAlign }) => {
    const alone = parent.matches("td, th") && parent.childNodes.length === 1;
    if (alone && textAlign === "center") return { x: (left + right) / 2, "text-anchor": "middle" };
    return alone && textAlign === "right" ? { x: right, "text-anchor": "end" } : { x: left };
  };

  const textOf = (node, sheet) => {
    const style = getComputedStyle(node.parentElement);
    return linesOf(node).map((line) => {
      const { above, height } = ascentOf(style.font);
      const y = line.top + (line.height - height) / 2 + above;
      sheet.grow(line.left, line.top, line.right, line.top + line.height);
      const attributes = {
        ...anchorOf(node.parentElement, line, style),
        y,
        ...fontOf(style),
        ...paint("fill", style.color),
      };
      return svg("text", attributes, plain(line.text));
    });
  };

  // ---- Boxes.

  const kSides = ["Top", "Right", "Bottom", "Left"];
  const bordersOf = (style) =>
    kSides.map((side) => ({
      width: style[`border${side}Style`] === "none" ? 0 : Number.parseFloat(style[`border${side}Width`]),
      colour: style[`border${side}Color`],
    }));

  const kDashes = { dashed: "3 2", dotted: "1 2" };

  const lineOf = ({ left, top, right, bottom }, side, { width, colour }) => {
    const [x1, y1, x2, y2] = [
      [left, top, right, top],
      [right, top, right, bottom],
      [left, bottom, right, bottom],
      [left, top, left, bottom],
    ][side];
    return svg("line", { x1, y1, x2, y2, "stroke-width": width, ...paint("stroke", colour) });
  };

  const frameOf = ({ left, top, width, height }, inset, stroke, attributes) =>
    svg("rect", {
      x: left + inset,
      y: top + inset,
      width: Math.max(0, width - 2 * inset),
      height: Math.max(0, height - 2 * inset),
      "stroke-width": stroke,
      ...attributes,
    });

  const strokesOf = (box, style, rx) => {
    const borders = bordersOf(style).map((border) => (colourOf(border.colour) ? border : { ...border, width: 0 }));
    const [{ width, colour }] = borders;
    const dash = { "stroke-dasharray": kDashes[style.borderTopStyle], rx };
    if (!borders.every((border) => border.width === width)) {
      return borders.map((border, side) => border.width > 0 && lineOf(box, side, border));
    }
    const stroke = style.boxShadow.includes("inset") ? 2 * width : width;
    return width > 0 && frameOf(box, stroke / 2, stroke, { fill: "none", ...paint("stroke", colour), ...dash });
  };

  const boxOf = (node, style, sheet) => {
    const box = node.getBoundingClientRect();
    const rx = Math.min(Number.parseFloat(style.borderTopLeftRadius) || 0, box.height / 2);
    const fill = style.backgroundImage.includes("repeating")
      ? { fill: `url(#${kHatch})`, rx }
      : { ...paint("fill", style.backgroundColor), rx };
    const outline = style.outlineStyle === "none" ? 0 : Number.parseFloat(style.outlineWidth);
    const parts = [
      fill.fill !== "none" && frameOf(box, 0, null, fill),
      strokesOf(box, style, rx),
      outline > 0 && frameOf(box, 0, outline, { fill: "none", ...paint("stroke", style.outlineColor), rx }),
    ].flat();
    if (parts.some(Boolean)) sheet.grow(box.left, box.top, box.right, box.bottom);
    return parts.filter(Boolean);
  };

  // ---- Pictures.

  const imageOf = (canvas, sheet) => {
    const { left: x, top: y, right, bottom, width, height } = canvas.getBoundingClientRect();
    sheet.grow(x, y, right, bottom);
    return svg("image", { x, y, width, height, href: canvas.toDataURL(), preserveAspectRatio: "none" });
  };

  const kKept = new Set([
    "d",
    "x",
    "y",
    "x1",
    "y1",
    "x2",
    "y2",
    "cx",
    "cy",
    "r",
    "rx",
    "width",
    "height",
    "points",
    "href",
    "viewBox",
    "preserveAspectRatio",
    "transform",
  ]);
  const kDrawn = [
    "stroke-width",
    "stroke-dasharray",
    "stroke-linejoin",
    "stroke-linecap",
    "text-anchor",
    "opacity",
    "image-rendering",
  ];
  const kUsual = {
    "stroke-dasharray": "none",
    "stroke-linejoin": "miter",
    "stroke-linecap": "butt",
    "text-anchor": "start",
    opacity: "1",
    "image-rendering": "auto",
  };

  // A drawing of the page with what its style sheets say written into it.
  const drawingOf = (node) => {
    if (node.nodeType === Node.TEXT_NODE) return plain(node.data);
    if (!(node instanceof SVGElement) || node.matches("title")) return null;
    const style = getComputedStyle(node);
    if (style.display === "none") return null;
    const own = Object.fromEntries(
      [...node.attributes].flatMap(({ name, value }) => (kKept.has(name) ? [[name, value]] : [])),
    );
    const drawn = kDrawn.flatMap((name) => {
      const value = style.getPropertyValue(name);
      return value === kUsual[name] ? [] : [[name, value]];
    });
    const font = node.matches("text") ? fontOf(style) : {};
    const painted = { ...paint("fill", style.fill), ...paint("stroke", style.stroke) };
    return svg(
      node.tagName,
      { ...own, ...Object.fromEntries(drawn), ...font, ...painted },
      [...node.childNodes].map(drawingOf),
    );
  };

  const placed = (node, sheet) => {
    const { left: x, top: y, right, bottom, width, height } = node.getBoundingClientRect();
    sheet.grow(x, y, right, bottom);
    const drawing = drawingOf(node);
    for (const [name, value] of Object.entries({ x, y, width, height })) drawing.setAttribute(name, value);
    return drawing;
  };

  // ---- All of it.

  const partsOf = (node, sheet) => {
    if (node.nodeType === Node.TEXT_NODE) return textOf(node, sheet);
    if (!(node instanceof Element)) return [];
    const style = getComputedStyle(node);
    if (style.display === "none" || style.visibility === "hidden" || style.clipPath !== "none") return [];
    if (node.matches("svg")) return [placed(node, sheet)];
    const inner = node.matches("canvas")
      ? [imageOf(node, sheet)]
      : [...node.childNodes].flatMap((child) => partsOf(child, sheet));
    const parts = [...boxOf(node, style, sheet), ...inner];
    return style.opacity === "1" || !parts.length ? parts : [svg("g", { opacity: style.opacity }, parts)];
  };

  // How far what was drawn reaches.
  const newSheet = () => {
    const sheet = { left: Infinity, top: Infinity, right: -Infinity, bottom: -Infinity };
    sheet.grow = (left, top, right, bottom) => {
      sheet.left = Math.min(sheet.left, left);
      sheet.top = Math.min(sheet.top, top);
      sheet.right = Math.max(sheet.right, right);
      sheet.bottom = Math.max(sheet.bottom, bottom);
    };
    return sheet;
  };

  const hatch = (style) =>
    svg(
      "pattern",
      { id: kHatch, width: 5, height: 5, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" },
      svg("path", { d: "M0 0v5", ...paint("stroke", style.getPropertyValue("--line")) }),
    );

  // What lies behind it on the page.
  const groundOf = (element) => {
    const colour = colourOf(getComputedStyle(element).backgroundColor);
    return colour || !element.parentElement ? (colour?.colour ?? "#ffffff") : groundOf(element.parentElement);
  };

  /// {markup, width, height} of an element. While it is drawn its style is ".drawn": without controls, nothing scrolled
  /// out of sight.
  ui.pictureOf = (element) => {
    element.classList.add("drawn");
    const sheet = newSheet();
    const parts = [...element.childNodes].flatMap((child) => partsOf(child, sheet));
    element.classList.remove("drawn");
    const [x, y] = [Math.floor(sheet.left) - kMargin, Math.floor(sheet.top) - kMargin];
    const [width, height] = [Math.ceil(sheet.right) - x + kMargin, Math.ceil(sheet.bottom) - y + kMargin];
    const root = svg(
      "svg",
      { width, height, viewBox: `${x} ${y} ${width} ${height}` },
      svg("defs", hatch(getComputedStyle(element))),
      svg("rect", { x, y, width, height, fill: groundOf(element) }),
      parts,
    );
    return { markup: new XMLSerializer().serializeToString(root), width, height };
  };
}
