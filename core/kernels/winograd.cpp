// Convolution with 3x3 kernels at stride 1 by Winograd's minimal filtering: a tile of 4x4 output pixels costs
// 36 multiplications for each pair of channels instead of 144. Lavin and Gray, arXiv:1509.09308.
//
// The input tile (6x6, overlapping its neighbours by 2) and the kernel are transformed to 36 points; at each
// point the sum over the channels is a matrix product [tiles, in] x [in, out]; the result is transformed to
// 4x4 pixels. The input gradient is the same with dy and the kernel turned around. The weight gradient is
// F(3x3, 4x4) with the same points: at each of them the matrix product [in, tiles] x [tiles, out].
//
// Some tiles are transformed along their columns first. Then each row of points by itself is transformed, goes
// through its 6 products and part of the way back, so that few points are in memory at once.
//
// In float its error is about ten times that of the direct sum: some 1e-6 of the largest result. An infinity
// or a NaN spreads over the tiles that read it.
#include <algorithm>

#include <reel/core/kernels/detail/convolution_plan.h>
#include <reel/core/kernels/detail/register_block.h>
#include <reel/core/kernels/detail/squares.h>
#include <reel/core/kernels/detail/winograd_transform.h>
#include <reel/core/parallel.h>

namespace reel::inline REEL_PRECISION::kernels {
namespace {

constexpr int kSquare = kPoints * kPoints, kTaps = kFilter * kFilter;
constexpr Index kBatchPieces = 8;  // of the work on a batch, for the threads
// Tiles of a chunk: few enough for the second-level cache, and enough to read the weights for, or to read and
// write the sums of a gradient for.
constexpr Index kCorrelationTiles = 48, kGradientTiles = 64;

// Images of one side of a correlation; the first tile begins `top` rows and `left` columns before them.
struct Images {
  Index channels, h, w, top = 0, left = 0;

  Index vectors() const { return divide_up(channels, kLanes); }
  // The planes that vector v holds the pixels of.
  template <class T>
  PlaneLanes<T> planes(T* data, Index n, Index v) const {
    const Index first = v * kLanes;
    return {data + (n * channels + first) * h * w, std::min<Index>(kLanes, channels - first), h * w};
  }
};

struct TileProblem {
  Index batch;
  Images in, out;

  // Tiles in a column and in a row of an image; rows of tiles of the whole batch.
  Index tiles_h() const { return divide_up(out.h, kTile); }
  Index tiles_w() const { return divide_up(out.w, kTile); }
  Index tile_rows() const { return batch * tiles_h(); }
};

TileProblem forward_tiles(const Convolution& c) {
  return {c.batch, {c.in_channels, c.in_h, c.in_w, c.top, c.left}, {c.out_channels, c.out_h, c.out_w}};
}

// dx is the correlation of dy with the kernel turned around.
TileProblem input_gradient_tiles(const Convolution& c) {
  return {c.batch,
          {c.out_channels, c.out_h, c.out_w, kFilter - 1 - c.top, kFilter - 1 - c.left},
          {c.in_channels, c.in_h, c.in_w}};
}

// Rows of tiles begin..end of the batch, and memory for the pixels of one.
struct Chunk {
  Index begin, end, tiles_h, tiles_w;
  Vector* band;

  Index rows() const { return end - begin; }
  Index tiles() const { return rows() * tiles_w; }
};

// A chunk that is transformed along the columns: [point][vector of channels][row of tiles][column].
struct HalfTiles {
  Vector* data;
  Index vectors, rows, width, point;  // point: vectors from one to the next

  Vector* at(int i, Index v, Index row) const { return data + i * point + (v * rows + row) * width; }
};

// One row of the points of a chunk: [point][tile][vector of channels].
struct TilePoints {
  Vector* data;
  Index vectors, point;

  // A little more than a power of two between points: the streams should not meet in one cache set.
  static Index point_size(Index tiles, Index vectors) { return tiles * vectors + 3; }
  Scalar* at(int j) const { return reinterpret_cast<Scalar*>(data + j * point); }
};

// Copies rows first..first + rows of vector v of image n to the band, as `read` makes them, rows outside of the image
// are zero. What is beside it is left alone.
template <class Read>
void read_rows(const Images& images, const Scalar* x, Index n, Index v, Index first, Index rows,
               const Read& read, Vector* band, Index pitch) {
  const Index begin = std::clamp<Index>(-first, 0, rows), end = std::clamp(images.h - first, begin, rows);
  std::fill(band, band + begin * pitch, Vector{});
  std::fill(band + end * pitch, band + rows * pitch, Vector{});
  PlaneLanes<const Scalar> planes = images.planes(x, n, v);
  planes.data += (first + begin) * images.w;
  read_planes(planes, (end - begin) * images.w, {band + begin * pitch + images.left, images.w, pitch}, read);
}

// Tiles of kHeight rows, of which those beyond kTile belong to the next tile too, along their columns.
template <int kHeight, auto kTransform>
void transform_columns(const Images& images, const ImagesView& x, const Chunk& chunk, HalfTiles to) {
  constexpr Index kShared = kHeight - kTile;
  const Index pitch = to.width;
  Vector* const band = chunk.band;
  std::fill_n(band, kHeight * pitch, Vector{});
  for (Index v = 0; v < to.vectors; v++) {
    x.with_planes(v * kLanes, std::min<Index>(kLanes, images.channels - v * kLanes), [&](const auto& read) {
      for (Index row = chunk.begin; row < chunk.end; row++) {
        const Index n = row / chunk.tiles_h, first = row % chunk.tiles_h * kTile;
        const Index known = first > 0 && row > chunk.begin ? kShared : 0;
        std::copy_n(band + kTile * pitch, known * pitch, band);
        read_rows(images, x.data, n, v, first - images.top + known, kHeight - known, read,
                  band + known * pitch, pitch);
        Vector* const half = to.at(0, v, row - chunk.begin);
        for (Index column = 0; column < pitch; column++) {
          kTransform({band + column, pitch}, half + column, to.point);
        }
      }
    });
  }
}

// Calls f(half, points) for each tile: its part of row i of `half`, and where its points begin.
template <class F>
void for_each_tile(HalfTiles half, int i, Index tiles_w, TilePoints points, F f) {
  for (Index v = 0; v < half.vectors; v++) {
    Vector* to = points.data + v;
    for (Index row = 0; row < half.rows; row++) {
      Vector* from = half.at(i, v, row);
      for (Index t = 0; t < tiles_w; t++, from += kTile, to += points.vectors) f(from, to);
    }
  }
}

template <auto kTransform>
void transform_rows(HalfTiles from, int i, Index tiles_w, TilePoints to) {
  for_each_tile(from, i, tiles_w, to, [=](const Vector* half, Vector* points) {
    kTransform({half, 1}, points, to.point);
  });
}

void output_columns(HalfTiles from, const Chunk& chunk, const PlaneEpilogue* all_steps, Steps kind,
                    const Images& images, Scalar* y) {
  const Index pitch = from.width;
  Vector* const band = chunk.band;
  for (Index v = 0; v < from.vectors; v++) {
    for (Index row = chunk.begin; row < chunk.end; row++) {
      const Vector* const half = from.at(0, v, row - chunk.begin);
      for (Index column = 0; column < pitch; column++) {
        output_points({half + column, from.point}, band + column, pitch);
      }
      const Index first = row % chunk.tiles_h * kTile, rows = std::min<Index>(kTile, images.h - first);
      PlaneLanes<Scalar> planes = images.planes(y, row / chunk.tiles_h, v);
      planes.data += first * images.w;
      const PlaneEpilogue* const steps = all_steps + v * kLanes;
      const Index place = planes.data - y;
      with_steps(kind, [&](auto known) {
        write_planes(
            {band, images.w, pitch}, planes, rows * images.w,
            [=](Index c, Index pixel, Index count, Vector sum) __attribute__((always_inline)) {
              return steps[c].apply<known()>(sum, [&] {
                return load_first(steps[c].addend + place + c * planes.stride + pixel, count);
              });
            });
      });
    }
  }
}

// ---- The plans

// What the passes share: the problem, in chunks, and for each worker the memory of a chunk.
class TilePlan : public PiecewisePlan {
 protected:
  // Where the halves are `apart` both sides are needed at once; else those of the outputs replace, row of points
  // by row of points, those of the inputs.
  TilePlan(const TileProblem& problem, Index chunk_tiles, bool apart, int workers)
      : p(problem),
        chunk_rows(std::clamp<Index>(chunk_tiles / p.tiles_w(), 1, divide_up(p.tile_rows(), kBatchPieces))),
        chunks(divide_up(p.tile_rows(), chunk_rows)),
        in(p.in.vectors()),
        out(p.out.vectors()),
        workers_(workers),
        half_point_(std::max(in, out) * chunk_rows * width_in()),
        half_out_begin_(apart ? kPoints * half_point_ : 0),
        half_(take<Vector>(kPoints * half_point_ + half_out_begin_, workers)),
        points_in_(take<Vector>(kPoints * TilePoints::point_size(most_tiles(), in), workers)),
        points_out_(take<Vector>(kPoints * TilePoints::point_size(most_tiles(), out), workers)),
        band_(take<Vector>(kPoints * width_in(), workers)) {}

  // A chunk, with the memory of the worker that is on it.
  struct Task {
    Chunk chunk;
    HalfTiles half_in, half_out;
    TilePoints points_in, points_out;
  };
  Task task(Index number, int worker, std::byte* scratch) const {
    const Index begin = number * chunk_rows, end = std::min(begin + chunk_rows, p.tile_rows());
    Vector* const half = half_.at(scratch, worker);
    return {{begin, end, p.tiles_h(), p.tiles_w(), band_.at(scratch, worker)},
            {half, in, end - begin, width_in(), half_point_},
            {half + half_out_begin_, out, end - begin, p.tiles_w() * kTile, half_point_},
            {points_in_.at(scratch, worker), in, TilePoints::point_size(most_tiles(), in)},
            {points_out_.at(scratch, worker), out, TilePoints::point_size(most_tiles(), out)}};
  }

  TileProblem p;
  Index chunk_rows, chunks;
  Index in, out;  // vectors of channels
  int workers_;

 private:
  Index width_in() const { return p.tiles_w() * kTile + kFilter - 1; }
  Index most_tiles() const { return chunk_rows * p.tiles_w(); }

  Index half_point_, half_out_begin_;
  Piece<Vector> half_, points_in_, points_out_, band_;
};

// Forward, and the input gradient, for which the kernel is turned around.
class TileCorrelation final : public TilePlan {
 public:
  TileCorrelation(const Convolution& c, bool gradient, int workers)
      : TilePlan(gradient ? input_gradient_tiles(c) : forward_tiles(c), kCorrelationTiles, false, workers),
        turned_(gradient),
        weights_(take<Vector>(kSquare * p.in.channels * out)),
        steps_(take<PlaneEpilogue>(p.out.channels)) {}

  void run(const ImagesView& x, const Scalar* weight, const EpilogueView& epilogue, Scalar* y,
           std::byte* scratch) const override {
    transform_weights(weight, weights_.at(scratch));
    PlaneEpilogue* const steps = steps_.at(scratch);
    for (Index o = 0; o < p.out.channels; o++) steps[o] = epilogue.plane(o, 0);
    parallel_for_workers(chunks, workers_, [&](Index number, int worker) {
      const auto [chunk, half_in, half_out, points_in, points_out] = task(number, worker, scratch);
      transform_columns<kPoints, input_points>(p.in, x, chunk, half_in);
      for (int i = 0; i < kPoints; i++) {
        transform_rows<input_points>(half_in, i, chunk.tiles_w, points_in);
        for (int j = 0; j < kPoints; j++) {
          const Vector* const weights = weights_.at(scratch) + (i * kPoints + j) * p.in.channels * out;
          multiply(chunk.tiles(), out, {points_in.at(j), in * kLanes, 1},
                   reinterpret_cast<const Scalar*>(weights), out * kLanes, p.in.channels, points_out.at(j),
                   out * kLanes, false);
        }
        for_each_tile(half_out, i, chunk.tiles_w, points_out,
                      [step = points_out.point](Vector* half, const Vector* points) {
                        output_points({points, step}, half, 1);
                      });
      }
      output_columns(half_out, chunk, steps, epilogue.steps(), p.out, y);
    });
  }

 private:
  // [point][in][out] from the kernels of each output and input.
  void transform_weights(const Scalar* weight, Vector* weights) const {
    const Index in_channels = p.in.channels, out_channels = p.out.channels;
    const Index out_step = turned_ ? kTaps : in_channels * kTaps,
                in_step = turned_ ? out_channels * kTaps : kTaps;
    parallel_for(in_channels, 4, [&](Index begin, Index end) {
      for (Index i = begin; i < end; i++) {
        for (Index v = 0; v < out; v++) {
          const Index first = v * kLanes;
          Vector kernel[kTaps] = {}, points[kSquare];
          for (Index o = first; o < std::min(out_channels, first + kLanes); o++) {
            const Scalar* from = weight + o * out_step + i * in_step;
            for (int t = 0; t < kTaps; t++) kernel[turned_ ? kTaps - 1 - t : t][o - first] = from[t];
          }
          transform_square<kFilter, kPoints>(kernel, points, filter_points);
          for (int e = 0; e < kSquare; e++) weights[(e * in_channels + i) * out + v] = points[e];
        }
      }
    });
  }

  bool turned_;
  Piece<Vector> weights_;
  Piece<PlaneEpilogue> steps_;
};

// Each part of the batch sums in a block of its own; how many there are depends on the shape alone.
class TileGradient final : public TilePlan {
 public:
  TileGradient(const Convolution& c, int workers)
      : TilePlan(forward_tiles(c), kGradientTiles, true, workers) {
    constexpr Index kPartsBudget = Index{1} << 22;  // scalars of all sums
    const Index sum_size = kSquare * p.in.channels * out;
    parts_ = std::min(std::clamp<Index>(kPartsBudget / (sum_size * kLanes), 2, kBatchPieces), chunks);
    sums_ = take<Vector>(sum_size, parts_);
  }

  void run(const ImagesView& x, const Scalar* dy, const EpilogueView&, Scalar* dweight,
           std::byte* scratch) const override {
    parallel_for_workers(parts_, workers_, [&](Index part, int worker) {
      const Index begin = chunks * part / parts_, end = chunks * (part + 1) / parts_;
      for (Index number = begin; number < end; number++) {
        add_chunk(task(number, worker, scratch), x, dy, number > begin, sums_.at(scratch, part));
      }
    });
    write_weights(scratch, dweight);
  }

 private:
  void add_chunk(const Task& t, const ImagesView& x, const Scalar* dy, bool add, Vector* sums) const {
    transform_columns<kPoints, input_points>(p.in, x, t.chunk, t.half_in);
    transform_columns<kTile, gradient_points>(p.out, dy, t.chunk, t.half_out);
    for (int i = 0; i < kPoints; i++) {
      transform_rows<input_points>(t.half_in, i, t.chunk.tiles_w, t.points_in);
      transform_rows<gradient_points>(t.half_out, i, t.chunk.tiles_w, t.points_out);
      for (int j = 0; j < kPoints; j++, sums += p.in.channels * out) {
        multiply(p.in.channels, out, {t.points_in.at(j), 1, in * kLanes}, t.points_out.at(j), out * kLanes,
                 t.chunk.tiles(), reinterpret_cast<Scalar*>(sums), out * kLanes, add);
      }
    }
  }

  void write_weights(std::byte* scratch, Scalar* dweight) const {
    const Index in_channels = p.in.channels;
    parallel_for(in_channels, 4, [&](Index begin, Index end) {
      for (Index i = begin; i < end; i++) {
        for (Index v = 0; v < out; v++) {
          const Index first = v * kLanes;
          Vector points[kSquare] = {}, kernel[kTaps];
          for (Index part = 0; part < parts_; part++) {
            const Vector* const sums = sums_.at(scratch, part) + i * out + v;
            for (int e = 0; e < kSquare; e++) points[e] += sums[e * in_channels * out];
          }
          transform_square<kPoints, kFilter>(points, kernel, weight_points);
          for (Index o = first; o < std::min(p.out.channels, first + kLanes); o++) {
            Scalar* to = dweight + (o * in_channels + i) * kTaps;
            for (int t = 0; t < kTaps; t++) to[t] = kernel[t][o - first];
          }
        }
      }
    });
  }

  Index parts_;
  Piece<Vector> sums_;
};

// Whether it can be computed this way and is faster so.
bool suits(const Convolution& c) {
  const Index bottom = c.out_h - c.in_h + kFilter - 1 - c.top,
              right = c.out_w - c.in_w + kFilter - 1 - c.left;
  const bool possible = c.kernel_h == kFilter && c.kernel_w == kFilter && c.stride_h == 1 &&
                        c.stride_w == 1 && c.dilation_h == 1 && c.dilation_w == 1 && c.groups == 1 &&
                        std::max({c.top, c.left, bottom, right}) < kFilter;
  constexpr Index kLeastChannels = 16;
  return possible && std::min(c.in_channels, c.out_channels) >= kLeastChannels;
}

}  // namespace

std::unique_ptr<const ConvolutionPlan> plan_winograd(const Convolution& c, ConvolutionPass pass,
                                                     int workers) {
  if (!suits(c)) return nullptr;
  if (pass == ConvolutionPass::kWeightGradient) return std::make_unique<TileGradient>(c, workers);
  return std::make_unique<TileCorrelation>(c, pass == ConvolutionPass::kInputGradient, workers);
}

}  // namespace reel::inline REEL_PRECISION::kernels
