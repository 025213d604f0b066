// Convolution with 3x3 kernels at stride 1 by Winograd's minimal filtering: a tile of 4x4 output pixels costs
// 36 multiplications for each pair of channels instead of 144. Lavin and Gray, arXiv:1509.09308.
//
// The input tile (6x6, overlapping its neighbours by 2) and the kernel are transformed to 36 points; at each
// point the sum over the channels is a matrix product [tiles, in] x [in, out]; the result is transformed to
// 4x4 pixels. The input gradient is the same with dy and the kernel turned around. The weight gradient is
// F(3x3, 4x4) with the same points: at each of them the matrix product [in, tiles] x [tiles, out].
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

constexpr int kSquare = kPoints * kPoints;
constexpr Index kBatchPieces = 8;  // of the work on a batch, for the threads

Index round_up(Index n) { return divide_up(n, kLanes) * kLanes; }

// A correlation of images [batch, in, in_h, in_w] to [batch, out, out_h, out_w].
struct TileProblem {
  Index batch, in, in_h, in_w, out, out_h, out_w, top, left;

  // Tiles in a column and in a row of an image; rows of tiles of the whole batch.
  Index tiles_h() const { return divide_up(out_h, kTile); }
  Index tiles_w() const { return divide_up(out_w, kTile); }
  Index tile_rows() const { return batch * tiles_h(); }
  // Up to kLanes planes from `channel` of image n on.
  PlaneLanes<const Scalar> in_planes(const Scalar* x, Index n, Index channel) const {
    return {x + (n * in + channel) * in_h * in_w, std::min<Index>(kLanes, in - channel), in_h * in_w};
  }
  template <class T>
  PlaneLanes<T> out_planes(T* y, Index n, Index channel) const {
    return {y + (n * out + channel) * out_h * out_w, std::min<Index>(kLanes, out - channel), out_h * out_w};
  }
};

TileProblem forward_tiles(const Convolution& c) {
  return {c.batch, c.in_channels, c.in_h, c.in_w, c.out_channels, c.out_h, c.out_w, c.top, c.left};
}

// dx is the correlation of dy with the kernel turned around.
TileProblem input_gradient_tiles(const Convolution& c) {
  return {c.batch, c.out_channels,      c.out_h,
          c.out_w, c.in_channels,       c.in_h,
          c.in_w,  kFilter - 1 - c.top, kFilter - 1 - c.left};
}

// The transformed tiles of some rows of tiles: [point][tile][channels], channels rounded up to whole vectors.
struct TileBlock {
  Scalar* data;
  Index channels, point;

  // A little more than a power of two between points: 36 streams of writes should not meet in one cache set.
  static Index point_size(Index tiles, Index channels) { return tiles * channels + 3 * kLanes; }
  Scalar* at(int e, Index tile) const { return data + e * point + tile * channels; }
};

// How much of the batch is transformed at a time: the points of a chunk should stay in the second-level
// cache.
struct Chunks {
  Index rows, count, tiles;  // rows of tiles in a chunk, chunks, tiles in a chunk

  // At least `pieces` chunks where the batch has so many rows of tiles.
  Chunks(const TileProblem& p, Index pieces) {
    constexpr Index kBudget = 112 * 1024, kLeast = 48;  // scalars, tiles
    const Index scalars = kSquare * (round_up(p.in) + round_up(p.out));
    const Index wanted = std::max(kBudget / scalars, kLeast);
    rows = std::clamp<Index>(wanted / p.tiles_w(), 1, divide_up(p.tile_rows(), pieces));
    count = divide_up(p.tile_rows(), rows);
    tiles = rows * p.tiles_w();
  }
};

// Calls f(image, row of tiles in it, first tile's number) for the rows of tiles begin..end.
template <class F>
void for_each_tile_row(const TileProblem& p, Index begin, Index end, F&& f) {
  for (Index row = begin; row < end; row++) {
    f(row / p.tiles_h(), row % p.tiles_h(), (row - begin) * p.tiles_w());
  }
}

// Copies `rows` rows from `first` on of planes [h,w] to band[row][left + column]; rows outside of the image are
// zero, columns outside of it are left alone.
void read_rows(PlaneLanes<const Scalar> planes, Index h, Index w, Index first, Index rows, Index left,
               Vector* band, Index pitch) {
  const Index begin = std::clamp<Index>(-first, 0, rows), end = std::clamp<Index>(h - first, begin, rows);
  std::fill(band, band + begin * pitch, Vector{});
  std::fill(band + end * pitch, band + rows * pitch, Vector{});
  planes.data += (first + begin) * w;
  read_planes(planes, (end - begin) * w, {band + begin * pitch + left, w, pitch});
}

// The input tiles of rows begin..end, as points.
void transform_input(const TileProblem& p, const Scalar* x, Index begin, Index end, Vector* band,
                     const TileBlock& to) {
  const Index pitch = p.tiles_w() * kTile + kFilter - 1, overlap = (kFilter - 1) * pitch;
  Vector* const half = band + kPoints * pitch;  // transformed in one direction
  for (Index row = 0; row < kPoints; row++) {   // what read_rows leaves alone
    std::fill_n(band + row * pitch, p.left, Vector{});
    std::fill(band + row * pitch + p.left + p.in_w, band + (row + 1) * pitch, Vector{});
  }
  for (Index channel = 0; channel < p.in; channel += kLanes) {
    for_each_tile_row(p, begin, end, [&](Index n, Index row, Index number) {
      const Index known = row > 0 && number > 0 ? kFilter - 1 : 0;
      if (known > 0) std::copy_n(band + kTile * pitch, overlap, band);
      read_rows(p.in_planes(x, n, channel), p.in_h, p.in_w, row * kTile - p.top + known, kPoints - known,
                p.left, band + known * pitch, pitch);
      for (Index column = 0; column < pitch; column++) {
        input_points(band + column, pitch, half + column, pitch);
      }
      for (Index t = 0; t < p.tiles_w(); t++) {
        for (int i = 0; i < kPoints; i++) {
          Vector points[kPoints];
          input_points(half + i * pitch + t * kTile, 1, points, 1);
          for (int j = 0; j < kPoints; j++) store(to.at(i * kPoints + j, number + t) + channel, points[j]);
        }
      }
    });
  }
}

// The pixels of the output tiles of rows begin..end.
void transform_output(const TileProblem& p, const TileBlock& from, Index begin, Index end, Vector* band,
                      const PlaneEpilogue* all_steps, bool bias_alone, Scalar* y) {
  const Index pitch = p.tiles_w() * kTile;
  for (Index channel = 0; channel < p.out; channel += kLanes) {
    for_each_tile_row(p, begin, end, [&](Index n, Index row, Index number) {
      for (Index t = 0; t < p.tiles_w(); t++) {
        Vector half[kTile * kPoints];
        for (int j = 0; j < kPoints; j++) {
          Vector points[kPoints];
          for (int i = 0; i < kPoints; i++) points[i] = load(from.at(i * kPoints + j, number + t) + channel);
          output_points(points, 1, half + j, kPoints);
        }
        for (int i = 0; i < kTile; i++) output_points(half + i * kPoints, 1, band + i * pitch + t * kTile, 1);
      }
      const Index first = row * kTile * p.out_w, rows = std::min<Index>(kTile, p.out_h - row * kTile);
      PlaneLanes<Scalar> planes = p.out_planes(y, n, channel);
      planes.data += first;
      const auto write = [&](auto finish) {
        write_planes({band, p.out_w, pitch}, planes, rows * p.out_w, finish);
      };
      const PlaneEpilogue* const steps = all_steps + channel;
      if (bias_alone) {
        write([=](Index c, Index, Index, Vector v)
                  __attribute__((always_inline)) { return v + steps[c].bias; });
      } else {
        const Index place = planes.data - y;
        write([=](Index c, Index pixel, Index count, Vector v) __attribute__((always_inline)) {
          const Scalar* const addend = steps[c].addend;
          return steps[c].apply(
              v, addend ? load_first(addend + place + c * planes.stride + pixel, count) : Vector{});
        });
      }
    });
  }
}

// The tiles of dy of rows begin..end, as points.
void transform_gradient(const TileProblem& p, const Scalar* dy, Index begin, Index end, Vector* band,
                        const TileBlock& to) {
  const Index pitch = p.tiles_w() * kTile;
  std::fill_n(band, kTile * pitch, Vector{});
  for (Index channel = 0; channel < p.out; channel += kLanes) {
    for_each_tile_row(p, begin, end, [&](Index n, Index row, Index number) {
      read_rows(p.out_planes(dy, n, channel), p.out_h, p.out_w, row * kTile, kTile, 0, band, pitch);
      for (Index t = 0; t < p.tiles_w(); t++) {
        const Vector* from = band + t * kTile;
        Vector half[kPoints * kTile];
        for (int i = 0; i < kTile; i++) gradient_points(from + i, pitch, half + i, kTile);
        for (int i = 0; i < kPoints; i++) {
          Vector points[kPoints];
          gradient_points(half + i * kTile, 1, points, 1);
          for (int j = 0; j < kPoints; j++) store(to.at(i * kPoints + j, number + t) + channel, points[j]);
        }
      }
    });
  }
}

// ---- The plans

// What the passes share: the problem, in chunks, and for each worker the points of a chunk.
class TilePlan : public PiecewisePlan {
 protected:
  TilePlan(const TileProblem& problem, int workers)
      : p(problem),
        chunks(p, kBatchPieces),
        in(round_up(p.in)),
        out(round_up(p.out)),
        workers_(workers),
        in_point_(TileBlock::point_size(chunks.tiles, in)),
        out_point_(TileBlock::point_size(chunks.tiles, out)),
        tiles_in_(take<Scalar>(kSquare * in_point_, workers)),
        tiles_out_(take<Scalar>(kSquare * out_point_, workers)),
        band_(take<Vector>(2 * kPoints * (p.tiles_w() * kTile + kFilter - 1), workers)) {}

  // A chunk of the batch, with the memory of the worker that is on it.
  struct Task {
    Index begin, end;  // rows of tiles
    TileBlock points_in, points_out;
    Vector* band;
  };
  Task task(Index chunk, int worker, std::byte* scratch) const {
    const Index begin = chunk * chunks.rows;
    return {begin,
            std::min(begin + chunks.rows, p.tile_rows()),
            {tiles_in_.at(scratch, worker), in, in_point_},
            {tiles_out_.at(scratch, worker), out, out_point_},
            band_.at(scratch, worker)};
  }

  TileProblem p;
  Chunks chunks;
  Index in, out;  // channels, rounded up
  int workers_;

 private:
  Index in_point_, out_point_;
  Piece<Scalar> tiles_in_, tiles_out_;
  Piece<Vector> band_;
};

// Forward, and the input gradient, for which the kernel is turned around.
class TileCorrelation final : public TilePlan {
 public:
  TileCorrelation(const Convolution& c, bool gradient, int workers)
      : TilePlan(gradient ? input_gradient_tiles(c) : forward_tiles(c), workers),
        turned_(gradient),
        weights_(take<Scalar>(kSquare * p.in * out)),
        steps_(take<PlaneEpilogue>(p.out)) {}

  void run(const Scalar* x, const Scalar* weight, const EpilogueView& epilogue, Scalar* y,
           std::byte* scratch) const override {
    transform_weights(weight, weights_.at(scratch));
    for (Index o = 0; o < p.out; o++) steps_.at(scratch)[o] = epilogue.plane(o, 0);
    parallel_for_workers(chunks.count, workers_, [&](Index chunk, int worker) {
      const Task t = task(chunk, worker, scratch);
      transform_input(p, x, t.begin, t.end, t.band, t.points_in);
      for (int e = 0; e < kSquare; e++) {
        multiply((t.end - t.begin) * p.tiles_w(), out / kLanes, {t.points_in.at(e, 0), in, 1},
                 weights_.at(scratch) + e * p.in * out, out, p.in, t.points_out.at(e, 0), out, false);
      }
      transform_output(p, t.points_out, t.begin, t.end, t.band, steps_.at(scratch), epilogue.bias_alone(), y);
    });
  }

 private:
  // [point][in][out] from the kernels of each output and input.
  void transform_weights(const Scalar* weight, Scalar* weights) const {
    constexpr Index kTaps = kFilter * kFilter;
    const Index out_step = turned_ ? kTaps : p.in * kTaps, in_step = turned_ ? p.out * kTaps : kTaps;
    parallel_for(p.in, 4, [&](Index begin, Index end) {
      for (Index i = begin; i < end; i++) {
        for (Index first = 0; first < p.out; first += kLanes) {
          Vector kernel[kTaps] = {}, points[kSquare];
          for (Index o = first; o < std::min(p.out, first + kLanes); o++) {
            const Scalar* from = weight + o * out_step + i * in_step;
            for (int t = 0; t < kTaps; t++) kernel[turned_ ? kTaps - 1 - t : t][o - first] = from[t];
          }
          transform_square<kFilter, kPoints>(kernel, points, filter_points);
          for (int e = 0; e < kSquare; e++) store(weights + (e * p.in + i) * out + first, points[e]);
        }
      }
    });
  }

  bool turned_;
  Piece<Scalar> weights_;
  Piece<PlaneEpilogue> steps_;
};

// Each part of the batch sums in a block of its own; how many there are depends on the shape alone.
class TileGradient final : public TilePlan {
 public:
  TileGradient(const Convolution& c, int workers) : TilePlan(forward_tiles(c), workers) {
    constexpr Index kPartsBudget = Index{1} << 22;  // scalars of all sums
    const Index sum_size = kSquare * p.in * out;
    parts_ = std::min(std::clamp<Index>(kPartsBudget / sum_size, 2, kBatchPieces), chunks.count);
    sums_ = take<Scalar>(sum_size, parts_);
  }

  void run(const Scalar* x, const Scalar* dy, const EpilogueView&, Scalar* dweight,
           std::byte* scratch) const override {
    parallel_for_workers(parts_, workers_, [&](Index part, int worker) {
      const Index begin = chunks.count * part / parts_, end = chunks.count * (part + 1) / parts_;
      for (Index chunk = begin; chunk < end; chunk++) {
        add_chunk(task(chunk, worker, scratch), x, dy, chunk > begin, sums_.at(scratch, part));
      }
    });
    write_weights(scratch, dweight);
  }

 private:
  void add_chunk(const Task& t, const Scalar* x, const Scalar* dy, bool add, Scalar* sum) const {
    transform_input(p, x, t.begin, t.end, t.band, t.points_in);
    transform_gradient(p, dy, t.begin, t.end, t.band, t.points_out);
    for (int e = 0; e < kSquare; e++) {
      multiply(p.in, out / kLanes, {t.points_in.at(e, 0), 1, in}, t.points_out.at(e, 0), out,
               (t.end - t.begin) * p.tiles_w(), sum + e * p.in * out, out, add);
    }
  }

  void write_weights(std::byte* scratch, Scalar* dweight) const {
    constexpr Index kTaps = kFilter * kFilter;
    parallel_for(p.in, 4, [&](Index begin, Index end) {
      for (Index i = begin; i < end; i++) {
        for (Index first = 0; first < p.out; first += kLanes) {
          Vector points[kSquare] = {}, kernel[kTaps];
          for (Index part = 0; part < parts_; part++) {
            const Scalar* from = sums_.at(scratch, part) + i * out + first;
            for (int e = 0; e < kSquare; e++) points[e] += load(from + e * p.in * out);
          }
          transform_square<kPoints, kFilter>(points, kernel, weight_points);
          for (Index o = first; o < std::min(p.out, first + kLanes); o++) {
            Scalar* to = dweight + (o * p.in + i) * kTaps;
            for (int t = 0; t < kTaps; t++) to[t] = kernel[t][o - first];
          }
        }
      }
    });
  }

  Index parts_;
  Piece<Scalar> sums_;
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
