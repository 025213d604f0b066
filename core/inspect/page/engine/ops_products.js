"use strict";
// Products of matrices: matmul and linear. Row r of a and column c of b make the element of y that both are
// broadcast to; the weight of linear stands transposed.
{
  // The shapes as if vectors were matrices: y [..,M,N], rows of a [..,M,1], columns of b [..,1,N].
  class Product {
    constructor(call, transposed) {
      const [a, b] = call.inputs;
      this.call = call;
      this.transposed = transposed;
      [this.aIsVector, this.bIsVector] = [a.shape.length === 1, b.shape.length === 1];
      this.k = a.shape[a.shape.length - 1];
      this.y = [...call.output.shape];
      if (this.bIsVector) this.y.push(1);
      if (this.aIsVector) this.y.splice(-1, 0, 1);
      this.rows = this.aIsVector ? [1, 1] : [...a.shape.slice(0, -1), 1];
      this.columns = [1, 1];
      if (transposed) this.columns = [1, b.shape[0]];
      else if (!this.bIsVector) this.columns = [...b.shape.slice(0, -2), 1, b.shape[b.shape.length - 1]];
      this.n = this.columns[this.columns.length - 1];
    }

    // The k-th element of the row of a and of the column of b that make an element of y.
    aAt(y, k) {
      return Reel.broadcastElement(this.rows, this.y, y) * this.k + k;
    }
    bAt(y, k) {
      const column = Reel.broadcastElement(this.columns, this.y, y);
      if (this.transposed) return column * this.k + k;
      return (Math.floor(column / this.n) * this.k + k) * this.n + (column % this.n);
    }
    // Which column an element of b is in, and where in it.
    columnOf(b) {
      if (this.transposed) return Math.floor(b / this.k);
      return Math.floor(b / (this.k * this.n)) * this.n + (b % this.n);
    }
    placeInColumn(b) {
      return this.transposed ? b % this.k : Math.floor(b / this.n) % this.k;
    }

    // Their indices, of an index in y, without the place in the line.
    rowOf(y) {
      return this.aIsVector ? [] : Reel.broadcastIndex(this.rows, y).slice(0, -1);
    }
    columnIndex(y) {
      if (this.bIsVector) return [];
      const index = Reel.broadcastIndex(this.columns, y);
      index.splice(-2, 1);
      return index;
    }

    dyText(y) {
      const index = [...y];
      if (this.aIsVector) index.splice(-2, 1);
      if (this.bIsVector) index.pop();
      return `d${this.call.output.name}${Reel.bracketed(index)}`;
    }
    aText(y, k) {
      return this.call.inputs[0].name + Reel.bracketed([...this.rowOf(y), k]);
    }
    bText(y, k) {
      const index = this.columnIndex(y);
      index.splice(this.transposed || this.bIsVector ? index.length : -1, 0, k);
      return this.call.inputs[1].name + Reel.bracketed(index);
    }

    // "row 1 of x", "row 2 of weight", "column 0,2 of b"; a vector by its name.
    rowPlace(y) {
      return line("row", this.rowOf(y), this.call.inputs[0].name);
    }
    columnPlace(y) {
      return line(this.transposed ? "row" : "column", this.columnIndex(y), this.call.inputs[1].name);
    }
    // Across the columns of b: the line that an element of a meets; and the other way round.
    bPlace(k) {
      const kind = this.bIsVector ? "element" : this.transposed ? "column" : "row";
      return `${kind} ${k} of ${this.call.inputs[1].name}`;
    }
    aPlace(k) {
      return `${this.aIsVector ? "element" : "column"} ${k} of ${this.call.inputs[0].name}`;
    }
  }
  const line = (kind, index, name) => (index.length === 0 ? name : `${kind} ${index.join(",")} of ${name}`);

  const explainValue = (e, p) => {
    const index = Reel.index(p.y, e.element).map(String);
    const out = e.element % p.n;
    const bias = e.has(2);
    e.rule(
      `${p.rowPlace(index)} · ${p.columnPlace(index)}${bias ? ` + ${e.xName(2)}` : ""}`,
      `sum over k of ${p.aText(index, "k")} * ${p.bText(index, "k")}` +
        (bias ? ` + ${e.xName(2)}[${out}]` : ""),
      ["k"],
    );
    for (let k = 0; k < p.k; k++) e.term([k], e.x(0, p.aAt(e.element, k)), e.x(1, p.bAt(e.element, k)));
    if (bias) e.term([], e.x(2, out), e.number(1), "bias");
  };

  // What each element of y takes from an element of a is an element of b.
  const explainLeft = (e, p) => {
    const k = e.element % p.k;
    const dy = new Reel.Repeats(p.rows, p.y, Math.floor(e.element / p.k));
    e.rule(
      `${p.dyText(dy.index)} · ${p.bPlace(k)}`,
      Reel.sumText(dy.loop, `${p.dyText(dy.index)} * ${p.bText(dy.index, k)}`),
      dy.loop,
    );
    dy.forEach((loop, y) => e.term(loop, e.dy(y), e.x(1, p.bAt(y, k))));
  };

  const explainRight = (e, p) => {
    const k = p.placeInColumn(e.element);
    const dy = new Reel.Repeats(p.columns, p.y, p.columnOf(e.element));
    e.rule(
      `${p.dyText(dy.index)} · ${p.aPlace(k)}`,
      Reel.sumText(dy.loop, `${p.dyText(dy.index)} * ${p.aText(dy.index, k)}`),
      dy.loop,
    );
    dy.forEach((loop, y) => e.term(loop, e.dy(y), e.x(0, p.aAt(y, k))));
  };

  const multiply = (call, p) => {
    const [a, b, bias] = call.inputs;
    return Float64Array.from({ length: Reel.numel(p.y) }, (_, y) => {
      let sum = bias ? bias.data[y % p.n] : 0;
      for (let k = 0, at = p.aAt(y, 0), bt = p.bAt(y, 0); k < p.k; k++) {
        sum += a.data[at + k] * b.data[bt + (p.transposed ? k : k * p.n)];
      }
      return sum;
    });
  };

  const product = (transposed) => ({
    forward: (call) => multiply(call, new Product(call, transposed)),
    explain(e) {
      const p = new Product(e.call, transposed);
      if (e.ofOutput()) return explainValue(e, p);
      if (e.ofInput === 0) return explainLeft(e, p);
      if (e.ofInput === 1) return explainRight(e, p);
      Reel.explainSumOfDy(e, e.shape, `output ${e.element}`);
    },
  });

  // The loops around one multiplication, with their lengths, from shapes alone.
  const matmulLoops = ([a, b], y) => {
    const rows = a.length > 1 ? [["i", a[a.length - 2]]] : [];
    const columns = b.length > 1 ? [["j", b[b.length - 1]]] : [];
    const matrices = [...rows, ...columns].reduce((n, [, count]) => n / count, Reel.numel(y));
    return [...(y.length > 2 ? [["n", matrices]] : []), ...rows, ...columns, ["k", a[a.length - 1]]];
  };
  const linearLoops = ([, weight], y) => [
    ["n", Reel.numel(y) / weight[0]],
    ["o", weight[0]],
    ["c", weight[1]],
  ];

  Reel.ops.matmul = { ...product(false), loops: matmulLoops };
  Reel.ops.linear = { ...product(true), loops: linearLoops };
}
