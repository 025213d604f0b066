// Transforms tiles and kernels, multiplies them point by point of the tile, transforms back.
#include <reel/core/kernels/detail/winograd.h>

#include <algorithm>
#include <array>

#include <reel/core/kernels/detail/matrix_block.h>
#include <reel/core/kernels/detail/winograd_band.h>
#include <reel/core/kernels/detail/winograd_transform.h>
#include <reel/core/kernels/detail/workspace.h>
#include <reel/core/parallel.h>

namespace reel::inline REEL_PRECISION::kernels {
namespace {

constexpr int kSquare = kPoints * kPoints;
constexpr Index kBatchPieces = 8;  // of the work on a batch, for the threads

Index round_up(Index n) { return (n + kLanes - 1) / kLanes * kLanes; }

// A correlation of images [batch, in, in_h, in_w] to [batch, out, out_h, out_w].
struct TileProblem {
  Index batch, in, in_h, in_w, out, out_h, out_w, top, left;

  // Tiles in a column and in a row of an image; rows of tiles of the whole batch.
  Index tiles_h() const { return (out_h + kTile - 1) / kTile; }
  Index tiles_w() const { return (out_w + kTile - 1) / kTile; }
  Index tile_rows() const { return batch * tiles_h(); }
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
    rows = std::clamp<Index>(wanted / p.tiles_w(), 1, (p.tile_rows() + pieces - 1) / pieces);
    count = (p.tile_rows() + rows - 1) / rows;
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
      const Planes<const Scalar> image{x + (n * p.in + channel) * p.in_h * p.in_w,
                                       std::min<Index>(kLanes, p.in - channel), p.in_h, p.in_w};
      const Index known = row > 0 && number > 0 ? kFilter - 1 : 0;
      if (known > 0) std::copy_n(band + kTile * pitch, overlap, band);
      read_rows(image, row * kTile - p.top + known, kPoints - known, p.left, band + known * pitch, pitch);
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
                      const EpilogueView& epilogue, Scalar* y) {
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
      const Index plane = p.out_h * p.out_w, first = (n * p.out + channel) * plane;
      const Planes<Scalar> image{y + first, std::min<Index>(kLanes, p.out - channel), p.out_h, p.out_w};
      write_rows(band, pitch, row * kTile, std::min<Index>(kTile, p.out_h - row * kTile), image,
                 [&](Index c, Index pixel, Index count, Vector v) {
                   const PlaneEpilogue steps = epilogue.plane(channel + c, first + c * plane);
                   return steps.apply(v, steps.addend ? load_first(steps.addend + pixel, count) : Vector{});
                 });
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
      const Planes<const Scalar> image{dy + (n * p.out + channel) * p.out_h * p.out_w,
                                       std::min<Index>(kLanes, p.out - channel), p.out_h, p.out_w};
      read_rows(image, row * kTile, kTile, 0, band, pitch);
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

// ---- Forward and input gradient

struct TilePlan {
  Chunks chunks;
  Index in, out;  // channels, rounded up
  Index in_point, out_point, band_size;
  Scalar *weights, *tiles_in, *tiles_out;
  Vector* band;

  TilePlan(const TileProblem& p, int workers, Workspace& workspace)
      : chunks(p, kBatchPieces), in(round_up(p.in)), out(round_up(p.out)) {
    in_point = TileBlock::point_size(chunks.tiles, in);
    out_point = TileBlock::point_size(chunks.tiles, out);
    band_size = 2 * kPoints * (p.tiles_w() * kTile + kFilter - 1);
    weights = workspace.take<Scalar>(kSquare * p.in * out);
    tiles_in = workspace.take<Scalar>(workers * kSquare * in_point);
    tiles_out = workspace.take<Scalar>(workers * kSquare * out_point);
    band = workspace.take<Vector>(workers * band_size);
  }

  // [point][in][out] from the kernel of output o and input i at weight[o out_step + i in_step], turned by
  // half a turn where `turned`.
  void transform_weights(const TileProblem& p, const Scalar* weight, Index out_step, Index in_step,
                         bool turned) const {
    parallel_for(p.in, 4, [&](Index begin, Index end) {
      for (Index i = begin; i < end; i++) {
        for (Index first = 0; first < p.out; first += kLanes) {
          Vector kernel[kFilter * kFilter] = {}, points[kSquare];
          for (Index o = first; o < std::min(p.out, first + kLanes); o++) {
            const Scalar* from = weight + o * out_step + i * in_step;
            for (int t = 0; t < kFilter * kFilter; t++) {
              kernel[turned ? kFilter * kFilter - 1 - t : t][o - first] = from[t];
            }
          }
          transform_square<kFilter, kPoints>(kernel, points, filter_points);
          for (int e = 0; e < kSquare; e++) store(weights + (e * p.in + i) * out + first, points[e]);
        }
      }
    });
  }

  void run(const TileProblem& p, const Scalar* x, const EpilogueView& epilogue, Scalar* y,
           int workers) const {
    parallel_for_workers(chunks.count, workers, [&](Index chunk, int worker) {
      const Index begin = chunk * chunks.rows, end = std::min(begin + chunks.rows, p.tile_rows());
      const TileBlock points_in{tiles_in + worker * kSquare * in_point, in, in_point};
      const TileBlock points_out{tiles_out + worker * kSquare * out_point, out, out_point};
      Vector* const rows = band + worker * band_size;
      transform_input(p, x, begin, end, rows, points_in);
      for (int e = 0; e < kSquare; e++) {
        multiply<false>((end - begin) * p.tiles_w(), out / kLanes, {points_in.at(e, 0), in, 1},
                        weights + e * p.in * out, out, p.in, points_out.at(e, 0), out);
      }
      transform_output(p, points_out, begin, end, rows, epilogue, y);
    });
  }
};

// ---- Weight gradient

// Each part of the batch sums in a block of its own; how many there are depends on the shape alone.
struct GradientPlan {
  Chunks chunks;
  Index in, out, parts;
  Index in_point, out_point, band_size, sum_size;
  Scalar *tiles_in, *tiles_out, *sums;
  Vector* band;

  GradientPlan(const TileProblem& p, int workers, Workspace& workspace)
      : chunks(p, kBatchPieces), in(round_up(p.in)), out(round_up(p.out)) {
    constexpr Index kPartsBudget = Index{1} << 22;  // scalars of all sums
    sum_size = kSquare * p.in * out;
    parts = std::min(std::clamp<Index>(kPartsBudget / sum_size, 2, kBatchPieces), chunks.count);
    in_point = TileBlock::point_size(chunks.tiles, in);
    out_point = TileBlock::point_size(chunks.tiles, out);
    band_size = 2 * kPoints * (p.tiles_w() * kTile + kFilter - 1);
    tiles_in = workspace.take<Scalar>(workers * kSquare * in_point);
    tiles_out = workspace.take<Scalar>(workers * kSquare * out_point);
    band = workspace.take<Vector>(workers * band_size);
    sums = workspace.take<Scalar>(parts * sum_size);
  }

  void add_chunk(const TileProblem& p, const Scalar* x, const Scalar* dy, Index chunk, int worker, bool first,
                 Scalar* sum) const {
    const Index begin = chunk * chunks.rows, end = std::min(begin + chunks.rows, p.tile_rows());
    const TileBlock points_in{tiles_in + worker * kSquare * in_point, in, in_point};
    const TileBlock points_out{tiles_out + worker * kSquare * out_point, out, out_point};
    Vector* const rows = band + worker * band_size;
    transform_input(p, x, begin, end, rows, points_in);
    transform_gradient(p, dy, begin, end, rows, points_out);
    const auto product = first ? multiply<false> : multiply<true>;
    for (int e = 0; e < kSquare; e++) {
      product(p.in, out / kLanes, {points_in.at(e, 0), 1, in}, points_out.at(e, 0), out,
              (end - begin) * p.tiles_w(), sum + e * p.in * out, out);
    }
  }

  void write_weights(const TileProblem& p, Scalar* dweight) const {
    parallel_for(p.in, 4, [&](Index begin, Index end) {
      for (Index i = begin; i < end; i++) {
        for (Index first = 0; first < p.out; first += kLanes) {
          Vector points[kSquare], kernel[kFilter * kFilter];
          for (int e = 0; e < kSquare; e++) {
            const Scalar* from = sums + (e * p.in + i) * out + first;
            points[e] = load(from);
            for (Index part = 1; part < parts; part++) points[e] += load(from + part * sum_size);
          }
          transform_square<kPoints, kFilter>(points, kernel, weight_points);
          for (Index o = first; o < std::min(p.out, first + kLanes); o++) {
            Scalar* to = dweight + (o * p.in + i) * kFilter * kFilter;
            for (int t = 0; t < kFilter * kFilter; t++) to[t] = kernel[t][o - first];
          }
        }
      }
    });
  }
};

}  // namespace

bool winograd_suits(const Convolution& c, ConvolutionPass) {
  const Index bottom = c.out_h - c.in_h + kFilter - 1 - c.top,
              right = c.out_w - c.in_w + kFilter - 1 - c.left;
  const bool possible = c.kernel_h == kFilter && c.kernel_w == kFilter && c.stride_h == 1 &&
                        c.stride_w == 1 && c.dilation_h == 1 && c.dilation_w == 1 && c.groups == 1 &&
                        std::max({c.top, c.left, bottom, right}) < kFilter;
  constexpr Index kLeastChannels = 16;
  return possible && std::min(c.in_channels, c.out_channels) >= kLeastChannels;
}

std::size_t winograd_workspace(const Convolution& c, ConvolutionPass pass) {
  Workspace count;
  switch (pass) {
    case ConvolutionPass::kForward:
      TilePlan(forward_tiles(c), c.workers, count);
      break;
    case ConvolutionPass::kInputGradient:
      TilePlan(input_gradient_tiles(c), c.workers, count);
      break;
    case ConvolutionPass::kWeightGradient:
      GradientPlan(forward_tiles(c), c.workers, count);
      break;
  }
  return count.bytes();
}

void winograd_forward(const Convolution& c, const Scalar* x, const Scalar* weight,
                      const EpilogueView& epilogue, Scalar* y, void* block) {
  Workspace workspace(block);
  const TileProblem p = forward_tiles(c);
  const TilePlan plan(p, c.workers, workspace);
  plan.transform_weights(p, weight, c.in_channels * c.taps(), c.taps(), false);
  plan.run(p, x, epilogue, y, c.workers);
}

void winograd_input_gradient(const Convolution& c, const Scalar* dy, const Scalar* weight, const Scalar* bias,
                             Scalar* dx, void* block) {
  Workspace workspace(block);
  const TileProblem p = input_gradient_tiles(c);
  const TilePlan plan(p, c.workers, workspace);
  plan.transform_weights(p, weight, c.taps(), c.in_channels * c.taps(), true);
  plan.run(p, dy, {.bias = bias}, dx, c.workers);
}

void winograd_weight_gradient(const Convolution& c, const Scalar* x, const Scalar* dy, Scalar* dweight,
                              void* block) {
  Workspace workspace(block);
  const TileProblem p = forward_tiles(c);
  const GradientPlan plan(p, c.workers, workspace);
  parallel_for_workers(plan.parts, c.workers, [&](Index part, int worker) {
    const Index begin = plan.chunks.count * part / plan.parts,
                end = plan.chunks.count * (part + 1) / plan.parts;
    for (Index chunk = begin; chunk < end; chunk++) {
      plan.add_chunk(p, x, dy, chunk, worker, chunk == begin, plan.sums + part * plan.sum_size);
    }
  });
  plan.write_weights(p, dweight);
}

}  // namespace reel::inline REEL_PRECISION::kernels
