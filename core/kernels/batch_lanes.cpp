// Lays images out by lanes, plans blocks and bands for the cache, and runs the three products.
#include <reel/core/kernels/detail/batch_lanes.h>

#include <algorithm>
#include <array>
#include <cstdlib>

#include <reel/core/kernels/detail/batch_lanes_block.h>
#include <reel/core/kernels/detail/batch_lanes_copy.h>
#include <reel/core/kernels/detail/workspace.h>
#include <reel/core/parallel.h>

namespace reel::inline REEL_PRECISION::kernels {
namespace {

constexpr Index kMaxTaps = 16;  // of a kernel in each direction

Index rounded_up(Index n, Index to) { return (n + to - 1) / to; }
Index groups_of_images(const Convolution& c) { return rounded_up(c.batch, kLanes); }

// What forward and the input gradient compute: out[row] = sum over in's channels and the taps.
struct LaneProblem {
  Index batch, groups, channels, rows;  // input and output channels of a group
  LaneAxis down, across;

  Index in_pixels() const { return down.inputs * across.inputs; }
  Index out_pixels() const { return down.outputs * across.outputs; }
  Index taps() const { return down.taps * across.taps; }
};

LaneProblem forward_lanes(const Convolution& c) {
  return {c.batch,
          c.groups,
          c.group_in(),
          c.group_out(),
          {c.out_h, c.in_h, c.kernel_h, c.stride_h, c.dilation_h, -c.top, 1},
          {c.out_w, c.in_w, c.kernel_w, c.stride_w, c.dilation_w, -c.left, 1}};
}

LaneProblem input_gradient_lanes(const Convolution& c) {
  return {c.batch,
          c.groups,
          c.group_out(),
          c.group_in(),
          {c.in_h, c.out_h, c.kernel_h, 1, -c.dilation_h, c.top, c.stride_h},
          {c.in_w, c.out_w, c.kernel_w, 1, -c.dilation_w, c.left, c.stride_w}};
}

// The rows of a problem in blocks for the registers, counted through all groups.
struct Units {
  RowBlocks blocks;
  Index count;
  explicit Units(const LaneProblem& p) : blocks(p.rows), count(p.groups * blocks.count) {}
  Index group(Index unit) const { return unit / blocks.count; }
  Index first(Index unit) const { return blocks.begin(unit % blocks.count); }
  Index size(Index unit) const { return blocks.size(unit % blocks.count); }
};

struct LanePlan {
  Units units;
  Index images, parts;  // groups of images; parts of the units, for the threads
  Index left, width;    // columns of padding; a row of input with it
  Index band;           // rows of output computed at a time, so that they and their input stay in a cache
  Index in_size, out_size;
  Scalar* weights;  // for each unit: [channels][taps][rows]
  Vector *in, *out;

  LanePlan(const LaneProblem& p, int workers, Workspace& workspace) : units(p) {
    constexpr Index kTasks = 8, kInBudget = 4096, kOutBudget = 2048;  // vectors
    images = rounded_up(p.batch, kLanes);
    parts = std::clamp<Index>(kTasks / images, 1, p.groups > 1 ? p.groups : units.count);
    const Reach columns(p.across, 0, p.across.outputs);
    left = std::max<Index>(-columns.begin, 0);
    width = left + std::max(columns.end, p.across.inputs);
    band = std::clamp<Index>(kOutBudget / (kBlockRows * p.across.outputs), 1, p.down.outputs);
    while (band > 1 && p.channels * rows_for(p, band) * width > kInBudget) band = band / 2;
    in_size = p.channels * rows_for(p, band) * width;
    out_size = kBlockRows * band * p.across.outputs;
    weights = workspace.take<Scalar>(p.groups * p.rows * p.channels * p.taps());
    in = workspace.take<Vector>(in_size * workers);
    out = workspace.take<Vector>(out_size * workers);
  }

  // Rows of input that `band` rows of output meet at most.
  static Index rows_for(const LaneProblem& p, Index band) {
    const Reach reach(p.down, 0, band);
    return std::min(reach.end - reach.begin + 1, p.down.inputs);
  }

  // From weight[channel or row][row or channel][tap]: a step from one to the next of each.
  void pack_weights(const LaneProblem& p, const Scalar* weight, Index row_step, Index channel_step) const {
    Scalar* to = weights;
    for (Index unit = 0; unit < units.count; unit++) {
      const Scalar* from =
          weight + units.group(unit) * p.rows * p.channels * p.taps() + units.first(unit) * row_step;
      const Index rows = units.size(unit);
      for (Index channel = 0; channel < p.channels; channel++, from += channel_step) {
        for (Index tap = 0; tap < p.taps(); tap++) {
          for (Index r = 0; r < rows; r++) *to++ = from[r * row_step + tap];
        }
      }
    }
  }
};

// A row of one phase of pixels, in blocks as wide as the registers allow.
template <int kRows, int kStep, int kPixels = block_width(kRows)>
void correlate_row(LanePlanes in, const Hits& down, const Hits& across, Index step,
                   const LaneWeights& weights, LaneRow out, Index pixels) {
  for (; pixels >= kPixels; pixels -= kPixels) {
    correlate_lanes<kRows, kPixels, kStep>(in, down, across, step, weights, out);
    in.data += kPixels * step;
    out.data += kPixels * out.step;
  }
  if constexpr (kPixels > 1) {
    correlate_row<kRows, kStep, kPixels / 2>(in, down, across, step, weights, out, pixels);
  }
}

// Some rows of output and the rows of the image that they meet.
struct Band {
  Index first, rows, in_begin, in_end;
  Band(const LaneProblem& p, Index first_row, Index count) : first(first_row), rows(count) {
    const Reach reach(p.down, first, rows);
    in_begin = std::clamp<Index>(reach.begin, 0, p.down.inputs);
    in_end = std::clamp<Index>(reach.end, in_begin, p.down.inputs);
  }
};

// One unit's rows of a band from the laid out input to out[row of the unit][pixel].
void correlate_band(const LaneProblem& p, const LanePlan& plan, Index unit, const Band& band,
                    const Vector* in, Vector* out) {
  const Index plane = (band.in_end - band.in_begin) * plan.width, across = p.across.outputs;
  const LanePlanes planes{in + plan.left - band.in_begin * plan.width, p.channels, plane, plan.width};
  const LaneWeights weights{
      plan.weights + (plan.units.group(unit) * p.rows + plan.units.first(unit)) * p.channels * p.taps(),
      p.across.taps, p.taps()};
  const auto run = [&](auto size, auto step) {
    for (Index row = 0; row < band.rows; row++) {
      std::array<Hit, kMaxTaps> row_hits;
      const Hits down = hits_of(p.down, band.first + row, band.in_begin, band.in_end, row_hits.data());
      for (Index phase = 0; phase < std::min(p.across.divisor, across); phase++) {
        std::array<Hit, kMaxTaps> hits;
        const Hits columns = hits_of(p.across, phase, -plan.left, plan.width, hits.data());
        correlate_row<size, step>(planes, down, columns, p.across.step_out, weights,
                                  {out + row * across + phase, band.rows * across, p.across.divisor},
                                  rounded_up(across - phase, p.across.divisor));
      }
    }
  };
  with_step(p.across.step_out,
            [&](auto step) { with_rows(plan.units.size(unit), [&](auto size) { run(size, step); }); });
}

// Units begin..end for `count` images from image n on.
void correlate_images(const LaneProblem& p, const LanePlan& plan, Index n, Index count, Index begin,
                      Index end, const Scalar* x, const EpilogueView& epilogue, Scalar* y, Vector* in,
                      Vector* out) {
  const Index in_image = p.groups * p.channels * p.in_pixels(),
              out_image = p.groups * p.rows * p.out_pixels();
  std::fill_n(in, plan.in_size, Vector{});  // the padding left and right
  for (Index first = 0; first < p.down.outputs; first += plan.band) {
    const Band band(p, first, std::min(plan.band, p.down.outputs - first));
    const Index in_rows = band.in_end - band.in_begin, pixels = band.rows * p.across.outputs;
    Index there = -1;  // the group whose input is laid out
    for (Index unit = begin; unit < end; unit++) {
      const Index group = plan.units.group(unit);
      for (Index c = 0; group != there && c < p.channels; c++) {
        const Scalar* from = x + n * in_image + (group * p.channels + c) * p.in_pixels();
        read_lanes({from + band.in_begin * p.across.inputs, count, in_image}, in_rows * p.across.inputs,
                   {in + c * in_rows * plan.width + plan.left, p.across.inputs, plan.width});
      }
      there = group;
      correlate_band(p, plan, unit, band, in, out);
      for (Index r = 0; r < plan.units.size(unit); r++) {
        const Index channel = group * p.rows + plan.units.first(unit) + r;
        const Index place = n * out_image + channel * p.out_pixels() + first * p.across.outputs;
        const PlaneEpilogue steps = epilogue.plane(channel, place);
        write_lanes(out + r * pixels, pixels, {y + place, count, out_image},
                    [&](Index image, Index pixel, Index number, Vector v) {
                      const Index i = image * out_image + pixel;
                      return steps.apply(v, steps.addend ? load_first(steps.addend + i, number) : Vector{});
                    });
      }
    }
  }
}

void correlate(const LaneProblem& p, const LanePlan& plan, const Scalar* x, const EpilogueView& epilogue,
               Scalar* y, int workers) {
  parallel_for_workers(plan.images * plan.parts, workers, [&](Index task, int worker) {
    const Index n = task / plan.parts * kLanes, part = task % plan.parts;
    correlate_images(p, plan, n, std::min<Index>(kLanes, p.batch - n), plan.units.count * part / plan.parts,
                     plan.units.count * (part + 1) / plan.parts, x, epilogue, y,
                     plan.in + worker * plan.in_size, plan.out + worker * plan.out_size);
  });
}

// ---- Weight gradient

struct LaneGradientPlan {
  Index images, tasks, parts;         // groups of images, tasks that share them out, parts of the groups
  Index band, rows, pitch, plane;     // rows of dy at a time; x laid out for them with its padding
  Index in_size, dy_size, sums_size;  // vectors
  Index* offsets;
  Vector *in, *dy, *sums;
  Scalar* partials;

  LaneGradientPlan(const Convolution& c, Workspace& workspace) {
    constexpr Index kTasks = 8, kBudget = 512;  // vectors of dy in a block
    images = groups_of_images(c);
    parts = std::clamp<Index>(kTasks / images, 1, c.groups);
    tasks = std::min(images, kWeightTasks);
    band = std::clamp<Index>(kBudget / (std::min<Index>(kBlockRows, c.group_out()) * c.out_w), 1, c.out_h);
    rows = (band - 1) * c.stride_h + (c.kernel_h - 1) * c.dilation_h + 1;
    pitch = (c.out_w - 1) * c.stride_w + (c.kernel_w - 1) * c.dilation_w + 1;
    pitch = std::max(pitch, c.left + c.in_w);
    plane = rows * pitch;
    in_size = c.group_in() * plane;
    dy_size = c.group_out() * band * c.out_w;
    sums_size = rounded_up(c.groups, parts) * c.group_out() * c.group_in() * c.taps();
    offsets = workspace.take<Index>(c.group_in() * c.taps());
    in = workspace.take<Vector>(in_size * c.workers);
    dy = workspace.take<Vector>(dy_size * c.workers);
    sums = workspace.take<Vector>(sums_size * c.workers);
    partials = workspace.take<Scalar>(tasks * c.weight_size());
  }

  void write_offsets(const Convolution& c) const {
    Index* to = offsets;
    for (Index channel = 0; channel < c.group_in(); channel++) {
      for (Index u = 0; u < c.kernel_h; u++) {
        for (Index v = 0; v < c.kernel_w; v++)
          *to++ = channel * plane + u * c.dilation_h * pitch + v * c.dilation_w;
      }
    }
  }
};

// The products of one block of output channels with all taps.
template <int kRows, int kTaps = block_width(kRows)>
void multiply_taps(const Convolution& c, const LaneGradientPlan& plan, const Vector* dy, Index rows,
                   const Vector* in, Index first, Vector* sums) {
  const Index taps = c.group_in() * c.taps();
  for (; taps - first >= kTaps; first += kTaps) {
    multiply_lanes<kRows, kTaps>(dy, rows * c.out_w, rows, c.out_w, in, plan.offsets + first,
                                 plan.pitch * c.stride_h, c.stride_w, sums + first, taps);
  }
  if constexpr (kTaps > 1) multiply_taps<kRows, kTaps / 2>(c, plan, dy, rows, in, first, sums);
}

// Lays out the rows of x, with their padding, that `rows` rows of dy from row `first` on meet.
void read_padded(const Convolution& c, const LaneGradientPlan& plan, const ImageLanes<const Scalar>& x,
                 Index first, Index rows, Vector* to) {
  const Index top = first * c.stride_h - c.top;
  const Index height = (rows - 1) * c.stride_h + (c.kernel_h - 1) * c.dilation_h + 1;
  const Index begin = std::clamp<Index>(-top, 0, height),
              end = std::clamp<Index>(c.in_h - top, begin, height);
  std::fill_n(to, begin * plan.pitch, Vector{});
  std::fill(to + end * plan.pitch, to + height * plan.pitch, Vector{});
  if (end > begin) {
    read_lanes({x.data + (top + begin) * c.in_w, x.count, x.stride}, (end - begin) * c.in_w,
               {to + begin * plan.pitch + c.left, c.in_w, plan.pitch});
  }
}

// Adds the products of a group's channels for the images at x and dy.
void add_group(const Convolution& c, const LaneGradientPlan& plan, const ImageLanes<const Scalar>& x,
               const ImageLanes<const Scalar>& dy, Vector* in, Vector* gradients, Vector* sums) {
  const RowBlocks blocks(c.group_out());
  const Index taps = c.group_in() * c.taps();
  for (Index first = 0; first < c.out_h; first += plan.band) {
    const Index rows = std::min(plan.band, c.out_h - first), pixels = rows * c.out_w;
    for (Index channel = 0; channel < c.group_in(); channel++) {
      read_padded(c, plan, {x.data + channel * c.in_pixels(), x.count, x.stride}, first, rows,
                  in + channel * plan.plane);
    }
    for (Index channel = 0; channel < c.group_out(); channel++) {
      read_lanes({dy.data + channel * c.out_pixels() + first * c.out_w, dy.count, dy.stride}, pixels,
                 {gradients + channel * pixels, pixels, pixels});
    }
    for (Index b = 0; b < blocks.count; b++) {
      with_rows(blocks.size(b), [&](auto size) {
        multiply_taps<size>(c, plan, gradients + blocks.begin(b) * pixels, rows, in, 0,
                            sums + blocks.begin(b) * taps);
      });
    }
  }
}

// Whether a channel laid out with its padding has not many more pixels than the channel.
bool batch_lanes_fit(const Convolution& c, ConvolutionPass pass) {
  constexpr Index kWorst = 3, kSmall = 1024;
  Workspace none;
  if (pass == ConvolutionPass::kWeightGradient)
    return LaneGradientPlan(c, none).plane <= kWorst * c.in_pixels() + kSmall;
  const LaneProblem p = pass == ConvolutionPass::kForward ? forward_lanes(c) : input_gradient_lanes(c);
  return LanePlan(p, c.workers, none).in_size <=
         p.channels * (kWorst * p.down.inputs * p.across.inputs + kSmall);
}

}  // namespace

bool batch_lanes_suit(const Convolution& c, ConvolutionPass pass) {
  if (c.kernel_h > kMaxTaps || c.kernel_w > kMaxTaps) return false;
  if (2 * c.batch <= groups_of_images(c) * kLanes) return false;
  constexpr Index kMostWeights = 32768;
  if (pass == ConvolutionPass::kWeightGradient && c.weight_size() / c.groups > kMostWeights) return false;
  return batch_lanes_fit(c, pass);
}

std::size_t batch_lanes_workspace(const Convolution& c, ConvolutionPass pass) {
  Workspace count;
  switch (pass) {
    case ConvolutionPass::kForward:
      LanePlan(forward_lanes(c), c.workers, count);
      break;
    case ConvolutionPass::kInputGradient:
      LanePlan(input_gradient_lanes(c), c.workers, count);
      break;
    case ConvolutionPass::kWeightGradient:
      LaneGradientPlan(c, count);
      break;
  }
  return count.bytes();
}

void batch_lanes_forward(const Convolution& c, const Scalar* x, const Scalar* weight,
                         const EpilogueView& epilogue, Scalar* y, void* block) {
  Workspace workspace(block);
  const LaneProblem problem = forward_lanes(c);
  const LanePlan plan(problem, c.workers, workspace);
  plan.pack_weights(problem, weight, c.group_in() * c.taps(), c.taps());
  correlate(problem, plan, x, epilogue, y, c.workers);
}

void batch_lanes_input_gradient(const Convolution& c, const Scalar* dy, const Scalar* weight,
                                const Scalar* bias, Scalar* dx, void* block) {
  Workspace workspace(block);
  const LaneProblem problem = input_gradient_lanes(c);
  const LanePlan plan(problem, c.workers, workspace);
  plan.pack_weights(problem, weight, c.taps(), c.group_in() * c.taps());
  correlate(problem, plan, dy, {.bias = bias}, dx, c.workers);
}

void batch_lanes_weight_gradient(const Convolution& c, const Scalar* x, const Scalar* dy, Scalar* dweight,
                                 void* block) {
  Workspace workspace(block);
  const LaneGradientPlan plan(c, workspace);
  plan.write_offsets(c);
  const Index weights = c.group_out() * c.group_in() * c.taps();  // of a group
  const Index in_image = c.in_channels * c.in_pixels(), out_image = c.out_channels * c.out_pixels();
  parallel_for_workers(plan.tasks * plan.parts, c.workers, [&](Index number, int worker) {
    const Index task = number / plan.parts, part = number % plan.parts;
    const Index begin = c.groups * part / plan.parts, end = c.groups * (part + 1) / plan.parts;
    Vector* const in = plan.in + worker * plan.in_size;
    Vector* const gradients = plan.dy + worker * plan.dy_size;
    Vector* const sums = plan.sums + worker * plan.sums_size;
    std::fill_n(in, plan.in_size, Vector{});  // the padding left and right
    std::fill_n(sums, (end - begin) * weights, Vector{});
    for (Index m = plan.images * task / plan.tasks; m < plan.images * (task + 1) / plan.tasks; m++) {
      const Index n = m * kLanes, images = std::min<Index>(kLanes, c.batch - n);
      for (Index g = begin; g < end; g++) {
        add_group(c, plan, {x + n * in_image + g * c.group_in() * c.in_pixels(), images, in_image},
                  {dy + n * out_image + g * c.group_out() * c.out_pixels(), images, out_image}, in, gradients,
                  sums + (g - begin) * weights);
      }
    }
    Scalar* const partial = plan.partials + task * c.weight_size() + begin * weights;
    for (Index i = 0; i < (end - begin) * weights; i++) partial[i] = sum_lanes(sums[i]);
  });
  sum_partials(plan.partials, plan.tasks, c.weight_size(), dweight);
}

}  // namespace reel::inline REEL_PRECISION::kernels
