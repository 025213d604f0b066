// oneDNN's convolutions on the layers of bench kernels, in the layouts that it likes best: the time of a primitive
// alone, without what brings images and weights into its layouts. `bench kernels --peers` runs it.
//
//   OMP_NUM_THREADS=1 bench_onednn "resnet20 3x3 16->16 32x32 b128"
#include <memory>
#include <random>
#include <unordered_map>
#include <utility>

#include <dnnl.hpp>

#include "convolution_peer.h"

namespace {

namespace apps = reel::apps;
using dnnl::memory;

struct Geometry {
  memory::dims x, weight, bias, y, stride, before, after;
};

Geometry geometry_of(const apps::OpCall& call) {
  const auto &x = call.x, &w = call.weight, &y = call.y;
  const reel::Size2 stride = call.window.stride, padding = apps::padding_of(call);
  const auto groups = apps::groups_of(call);
  const auto after = [](auto in, auto out, auto kernel, auto step, auto before) {
    return (out - 1) * step + kernel - in - before;
  };
  Geometry g{
      .x = {x[0], x[1], x[2], x[3]},
      .weight = {w[0], w[1], w[2], w[3]},
      .bias = {w[0]},
      .y = {y[0], y[1], y[2], y[3]},
      .stride = {stride.h, stride.w},
      .before = {padding.h, padding.w},
      .after = {after(x[2], y[2], w[2], stride.h, padding.h), after(x[3], y[3], w[3], stride.w, padding.w)}};
  if (groups > 1) g.weight = {groups, w[0] / groups, w[1], w[2], w[3]};
  return g;
}

memory::desc any_layout(const memory::dims& dims) {
  return {dims, memory::data_type::f32, memory::format_tag::any};
}

// Of this layout, filled with random numbers.
memory random_array(const memory::desc& layout, const dnnl::engine& engine) {
  static std::minstd_rand generator;
  std::normal_distribution<float> normal;
  memory array(layout, engine);
  auto* const numbers = static_cast<float*>(array.get_data_handle());
  for (std::size_t i = 0; i < layout.get_size() / sizeof(float); i++) numbers[i] = normal(generator);
  return array;
}

apps::PeerPass pass(const char* name, const dnnl::primitive& primitive, const dnnl::engine& engine,
                    std::unordered_map<int, memory::desc> layouts) {
  std::unordered_map<int, memory> arrays;
  for (const auto& [argument, layout] : layouts) arrays.emplace(argument, random_array(layout, engine));
  return {name, [primitive, arrays, stream = dnnl::stream(engine)]() mutable {
            primitive.execute(stream, arrays);
            stream.wait();
          }};
}

std::vector<apps::PeerPass> convolution_passes(const apps::OpCall& call) {
  const dnnl::engine engine(dnnl::engine::kind::cpu, 0);
  const auto algorithm = dnnl::algorithm::convolution_auto;
  const Geometry g = geometry_of(call);
  const memory::desc x = any_layout(g.x), weight = any_layout(g.weight), bias = any_layout(g.bias),
                     y = any_layout(g.y);
  using Forward = dnnl::convolution_forward;
  const auto training = dnnl::prop_kind::forward_training;
  const Forward::primitive_desc forward(
      call.has_bias ? Forward::desc(training, algorithm, x, weight, bias, y, g.stride, g.before, g.after)
                    : Forward::desc(training, algorithm, x, weight, y, g.stride, g.before, g.after),
      engine);
  std::unordered_map<int, memory::desc> layouts{{DNNL_ARG_SRC, forward.src_desc()},
                                                {DNNL_ARG_WEIGHTS, forward.weights_desc()},
                                                {DNNL_ARG_DST, forward.dst_desc()}};
  if (call.has_bias) layouts.emplace(DNNL_ARG_BIAS, forward.bias_desc());
  std::vector<apps::PeerPass> passes{pass("forward", Forward(forward), engine, layouts)};

  if (!call.reads_images) {
    using Input = dnnl::convolution_backward_data;
    const Input::primitive_desc input({algorithm, x, weight, y, g.stride, g.before, g.after}, engine,
                                      forward);
    passes.push_back(pass("input", Input(input), engine,
                          {{DNNL_ARG_DIFF_SRC, input.diff_src_desc()},
                           {DNNL_ARG_WEIGHTS, input.weights_desc()},
                           {DNNL_ARG_DIFF_DST, input.diff_dst_desc()}}));
  }
  using Weight = dnnl::convolution_backward_weights;
  const Weight::primitive_desc to_weight({algorithm, x, weight, y, g.stride, g.before, g.after}, engine,
                                         forward);
  passes.push_back(pass("weight", Weight(to_weight), engine,
                        {{DNNL_ARG_SRC, to_weight.src_desc()},
                         {DNNL_ARG_DIFF_WEIGHTS, to_weight.diff_weights_desc()},
                         {DNNL_ARG_DIFF_DST, to_weight.diff_dst_desc()}}));
  return passes;
}

}  // namespace

int main(int argc, char** argv) {
  return apps::run_convolution_peer(argc, argv, "bench_onednn", convolution_passes);
}
