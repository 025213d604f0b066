// LIBXSMM's convolutions (the layers of its versions up to 1.17) on those of bench kernels, in its own layouts, where
// images have their padding around them: the time of a pass alone, without what brings images and weights into these
// layouts. It has no groups, and adds no bias. `bench kernels --peers` runs it.
//
//   OMP_NUM_THREADS=1 bench_libxsmm "resnet20 3x3 16->16 32x32 b128"
#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>
#include <stdexcept>
#include <string>

#include <libxsmm.h>
#include <omp.h>

#include <reel/core/ops/ops.h>

#include "convolution_peer.h"

namespace {

namespace apps = reel::apps;
using reel::Shape, reel::Tape, reel::Tensor;

void check(libxsmm_dnn_err_t status) {
  if (status != LIBXSMM_DNN_SUCCESS) throw std::runtime_error(libxsmm_dnn_get_error(status));
}

libxsmm_dnn_conv_desc description_of(const apps::OpCall& call) {
  const auto number = [](reel::Index value) { return static_cast<int>(value); };
  const reel::Size2 stride = call.window.stride, padding = apps::padding_of(call);
  libxsmm_dnn_conv_desc d{};
  d.N = number(call.x[0]), d.C = number(call.x[1]), d.H = number(call.x[2]), d.W = number(call.x[3]);
  d.K = number(call.weight[0]), d.R = number(call.weight[2]), d.S = number(call.weight[3]);
  d.u = number(stride.h), d.v = number(stride.w);
  d.pad_h = d.pad_h_in = d.pad_h_out = number(padding.h);
  d.pad_w = d.pad_w_in = d.pad_w_out = number(padding.w);
  d.threads = omp_get_max_threads();
  d.datatype_in = d.datatype_out = LIBXSMM_DNN_DATATYPE_F32;
  d.buffer_format = d.filter_format = LIBXSMM_DNN_TENSOR_FORMAT_LIBXSMM;
  d.algo = LIBXSMM_DNN_CONV_ALGO_AUTO;
  d.options = LIBXSMM_DNN_CONV_OPTION_OVERWRITE;
  d.fuse_ops = LIBXSMM_DNN_CONV_FUSE_NONE;
  return d;
}

// A layer with its arrays, all bound to it. It keeps them until the program ends.
class Layer {
 public:
  explicit Layer(const apps::OpCall& call) {
    libxsmm_dnn_err_t status = LIBXSMM_DNN_SUCCESS;
    handle_ = libxsmm_dnn_create_conv_layer(description_of(call), &status);
    check(status);
    const reel::Size2 padding = apps::padding_of(call);
    bind_images(LIBXSMM_DNN_REGULAR_INPUT, call.x, padding);
    bind_images(LIBXSMM_DNN_GRADIENT_INPUT, call.x, padding);
    bind_images(LIBXSMM_DNN_REGULAR_OUTPUT, call.y, padding);
    bind_images(LIBXSMM_DNN_GRADIENT_OUTPUT, call.y, padding);
    bind(LIBXSMM_DNN_REGULAR_FILTER, Tensor::randn(call.weight), LIBXSMM_DNN_TENSOR_FORMAT_KCRS);
    bind(LIBXSMM_DNN_GRADIENT_FILTER, Tensor::randn(call.weight), LIBXSMM_DNN_TENSOR_FORMAT_KCRS);
    const std::size_t size = libxsmm_dnn_get_scratch_size(handle_, LIBXSMM_DNN_COMPUTE_KIND_ALL, &status);
    check(status);
    check(libxsmm_dnn_bind_scratch(handle_, LIBXSMM_DNN_COMPUTE_KIND_ALL, zeros(size)));
  }

  void run(libxsmm_dnn_compute_kind kind) const {
#pragma omp parallel
    libxsmm_dnn_execute_st(handle_, kind, 0, omp_get_thread_num());
  }

 private:
  static void* zeros(std::size_t bytes) {
    constexpr std::size_t kAlignment = 64;
    const std::size_t whole = (bytes + kAlignment - 1) / kAlignment * kAlignment;
    void* const array = std::aligned_alloc(kAlignment, whole);
    if (!array) throw std::bad_alloc();
    std::memset(array, 0, whole);
    return array;
  }

  // Random ones, with zeros around.
  void bind_images(libxsmm_dnn_tensor_type type, const Shape& shape, reel::Size2 padding) {
    Tape tape;
    const Tensor padded = pad2d(tape.input(Tensor::randn(shape)), {padding.h, padding.w}).value();
    bind(type, padded, LIBXSMM_DNN_TENSOR_FORMAT_NCHW);
  }

  void bind(libxsmm_dnn_tensor_type type, const Tensor& numbers, libxsmm_dnn_tensor_format format) {
    libxsmm_dnn_err_t status = LIBXSMM_DNN_SUCCESS;
    libxsmm_dnn_tensor_datalayout* const layout =
        libxsmm_dnn_create_tensor_datalayout(handle_, type, &status);
    check(status);
    libxsmm_dnn_tensor* const tensor =
        libxsmm_dnn_link_tensor(layout, zeros(libxsmm_dnn_get_tensor_size(layout, &status)), &status);
    check(status);
    check(libxsmm_dnn_copyin_tensor(tensor, numbers.data(), format));
    check(libxsmm_dnn_bind_tensor(handle_, tensor, type));
    libxsmm_dnn_destroy_tensor_datalayout(layout);
  }

  libxsmm_dnn_layer* handle_;
};

std::vector<apps::PeerPass> convolution_passes(const apps::OpCall& call) {
  if (apps::groups_of(call) > 1) return {};
  const auto layer = std::make_shared<const Layer>(call);
  const auto pass = [&](const char* name, libxsmm_dnn_compute_kind kind) {
    return apps::PeerPass{name, [=] { layer->run(kind); }};
  };
  std::vector<apps::PeerPass> passes{pass("forward", LIBXSMM_DNN_COMPUTE_KIND_FWD)};
  if (!call.reads_images) passes.push_back(pass("input", LIBXSMM_DNN_COMPUTE_KIND_BWD));
  passes.push_back(pass("weight", LIBXSMM_DNN_COMPUTE_KIND_UPD));
  return passes;
}

}  // namespace

int main(int argc, char** argv) {
  return apps::run_convolution_peer(argc, argv, "bench_libxsmm", convolution_passes);
}
