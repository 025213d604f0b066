"use strict";
// A tensor as a small picture in the network: few numbers as numbers, more as a heat map, of many maps a mosaic.
{
  const { ui } = Reel;
  const { svg } = ui;
  const kRows = 5; // of numbers
  const kColumns = 8;
  const kWider = 2.8; // times the side, that numbers may take: longer ones are no picture
  const kDigit = 7.3; // width of one
  const kLine = 17;
  const kMaps = 64; // of a mosaic

  // ---- Numbers.

  const numbersOf = ({ shape, data }, side, isHidden) => {
    const { rows, cols, lead } = ui.layout(shape);
    const maps = Reel.numel(lead);
    if (!data?.length || rows > kRows || maps * cols > kColumns) return null;
    const texts = Array.from(data, (value, element) => (isHidden(element) ? "?" : ui.brief(value)));
    const cell = Math.max(...texts.map((text) => text.length)) * kDigit + 7;
    const gap = maps > 1 ? 8 : 0; // between maps
    const width = maps * cols * cell + (maps - 1) * gap;
    return width > kWider * side && data.length > 1
      ? null
      : { texts, data, rows, cols, cell, gap, width, height: rows * kLine };
  };

  const drawNumbers = ({ texts, data, rows, cols, cell, gap }, x, y) =>
    texts.map((text, i) => {
      const [map, r, c] = [Math.floor(i / (rows * cols)), Math.floor(i / cols) % rows, i % cols];
      const right = x + (map * cols + c + 1) * cell + map * gap - 3.5;
      return svg(
        "text",
        { x: right, y: y + r * kLine + 13, class: text === "?" ? "number" : `number ${ui.signOf(data[i])}` },
        text,
      );
    });

  // ---- A heat map, or a mosaic of several.

  // Of the first maps, or of the part that the page has.
  const mosaicOf = ({ shape, data, summary }) => {
    const part = data ? { shape, data } : summary?.crop;
    if (!part?.data.length) return null;
    const { rows, cols, lead, size } = ui.layout(part.shape);
    const maps = Math.min(kMaps, lead.at(-1) > 1 ? Reel.numel(lead) : 1);
    const across = Math.ceil(Math.sqrt((maps * rows) / cols));
    const down = Math.ceil(maps / across);
    const at = (r, c) => {
      const [map, y, x] = [
        Math.floor(r / (rows + 1)) * across + Math.floor(c / (cols + 1)),
        r % (rows + 1),
        c % (cols + 1),
      ];
      return map < maps && y < rows && x < cols ? part.data[map * size + y * cols + x] : null;
    };
    return { rows: down * (rows + 1) - 1, cols: across * (cols + 1) - 1, scale: ui.scale(part), at };
  };

  // Painted pictures by the numbers in them; light and dark are two.
  const painted = [new WeakMap(), new WeakMap()];
  const hrefOf = ({ data, summary }, mosaic) => {
    const known = painted[Number(ui.isDark())];
    const key = data ?? summary;
    if (!known.has(key)) known.set(key, ui.painted(mosaic).toDataURL());
    return known.get(key);
  };

  const kThin = 9; // of a list, which is a bar
  const kCell = 14; // at most
  const sizeOf = ({ rows, cols }, room) => {
    const scale = Math.min(room.height / rows, room.width / cols, kCell);
    return { width: Math.max(kThin, cols * scale), height: Math.max(kThin, rows * scale) };
  };

  const drawMosaic = (tensor, mosaic, { width, height }, x, y) => {
    const kind = mosaic.cols > width ? "map" : "map pixels";
    const image = { x, y, width, height, href: hrefOf(tensor, mosaic), preserveAspectRatio: "none", class: kind };
    const frame = { x: x - 0.5, y: y - 0.5, width: width + 1, height: height + 1, class: "map-frame" };
    return [svg("image", image), svg("rect", frame)];
  };

  /// {width, height, draw(x, y)} of a tensor within a `room` of {width, height}, where nothing is said a square of `side`
  /// pixels; numbers may exceed that. Null where the page has no numbers of it.
  ui.thumbnail = (tensor, side, room = { width: side, height: side }, isHidden = () => false) => {
    const numbers = numbersOf(tensor, side, isHidden);
    if (numbers) return { ...numbers, draw: (x, y) => drawNumbers(numbers, x, y) };
    const mosaic = mosaicOf(tensor);
    if (!mosaic) return null;
    const size = sizeOf(mosaic, room);
    return { ...size, draw: (x, y) => drawMosaic(tensor, mosaic, size, x, y) };
  };
}
