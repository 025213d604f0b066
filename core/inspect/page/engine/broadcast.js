"use strict";
// What the ops share: tensors that are repeated to a larger shape, and sums over what is repeated.
{
  // The size of dimension d of `dim`, of a shape aligned at the last dimension.
  const alignedSize = (shape, dim, d) => {
    const own = d - (dim - shape.length);
    return own < 0 ? 1 : shape[own];
  };

  /**
   * The elements of a tensor of shape `to` that are one element of a tensor of shape `from`, repeated; in blocks where
   * its size divides that of `to`.
   */
  class Repeats {
    constructor(from, to, element) {
      this.index = Reel.loopNames(to); // a name where a dimension is repeated, else the position
      this.loop = [];
      this.sizes = [];
      this.strides = [];
      this.first = 0;
      let stride = 1;
      for (let d = to.length; d-- > 0;) {
        const own = alignedSize(from, to.length, d);
        const block = to[d] / own;
        const at = (element % own) * block;
        if (block === 1) {
          this.index[d] = String(at);
        } else {
          this.sizes.unshift(block);
          this.strides.unshift(stride);
          this.loop.unshift(this.index[d]);
          if (at > 0) this.index[d] += `+${at}`;
        }
        this.first += at * stride;
        element = Math.floor(element / own);
        stride *= to[d];
      }
    }

    text() {
      return Reel.bracketed(this.index);
    }
    count() {
      return Reel.numel(this.sizes);
    }

    /** f(place in the loop, place in `to`) for each of them in row-major order. */
    forEach(f) {
      const count = this.count();
      const place = this.sizes.map(() => 0);
      for (let i = 0, element = this.first; i < count; i++) {
        f(place, element);
        for (let d = place.length; d-- > 0;) {
          element += this.strides[d];
          if (++place[d] < this.sizes[d]) break;
          element -= place[d] * this.strides[d];
          place[d] = 0;
        }
      }
    }
  }

  /** Which element of a tensor of shape `from` stands at a place of `to`, to which it is repeated. */
  Reel.broadcastElement = (from, to, element) => {
    let own = 0;
    let stride = 1;
    for (let d = to.length; d-- > 0;) {
      const size = alignedSize(from, to.length, d);
      own += Math.floor((element % to[d]) / (to[d] / size)) * stride;
      stride *= size;
      element = Math.floor(element / to[d]);
    }
    return own;
  };

  /** The gradient of what is repeated to the output: of each element the sum of f(place) over the places that it is at. */
  Reel.gradientOfRepeated = ({ inputs, output }, input, f) => {
    const { shape } = inputs[input];
    const sums = new Float64Array(Reel.numel(shape));
    const places = Reel.numel(output.shape);
    for (let i = 0; i < places; i++) sums[Reel.broadcastElement(shape, output.shape, i)] += f(i);
    return sums;
  };

  /** Of names: the index in `from`, of an index in a shape to which it is broadcast. */
  Reel.broadcastIndex = (from, index) =>
    from.map((size, d) => (size === 1 ? "0" : index[index.length - from.length + d]));

  /** "sum over i,j of " and what is summed; that alone where nothing is counted. */
  Reel.sumText = (loop, summand) =>
    loop.length === 0 ? summand : Reel.text("sum over {0} of {1}", loop.join(","), summand);

  /** The gradient of what is added to each place of the output to which `shape` is broadcast. */
  Reel.explainSumOfDy = (e, shape, place = "") => {
    const dy = new Repeats(shape, e.call.dy.shape, e.element);
    e.rule(place, Reel.sumText(dy.loop, e.dyName() + dy.text()), dy.loop);
    dy.forEach((loop, i) => e.term(loop, e.dy(i), e.number(1)));
  };

  Reel.Repeats = Repeats;
}
