// Sums in double, products in the order of the definition: no loop is turned, none is left out.
#include <reel/core/ops/reference.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <vector>

#include <reel/core/error.h>
#include <reel/core/ops/detail/convolution.h>

namespace reel::inline REEL_PRECISION::reference {
namespace {

template <class... Args>
void require(bool condition, fmt::format_string<Args...> format, Args&&... args) {
  if (!condition) throw ShapeError(fmt::vformat(format, fmt::make_format_args(args...)));
}

// A tensor's sums while they are taken.
struct Sums {
  Shape shape;
  std::vector<double> values;

  explicit Sums(const Shape& s) : shape(s), values(static_cast<std::size_t>(s.numel())) {}

  double& at(Index a, Index b, Index c, Index d) {
    return values[static_cast<std::size_t>(((a * shape[1] + b) * shape[2] + c) * shape[3] + d)];
  }
  Tensor tensor() const {
    Tensor t = Tensor::uninitialized(shape);
    std::transform(values.begin(), values.end(), t.mutable_data(),
                   [](double v) { return static_cast<Scalar>(v); });
    return t;
  }
};

// Windows along one dimension. PyTorch's rule for ceil mode, which rounds up: the last window starts in the
// image or in the padding before it.
Index window_count(Index size, Index before, Index after, Index kernel, Index dilation, Index stride,
                   bool ceil_mode) {
  const Index room = size + before + after - dilation * (kernel - 1) - 1 + (ceil_mode ? stride - 1 : 0);
  const Index count = room < 0 ? 0 : room / stride + 1;
  return ceil_mode && count > 0 && (count - 1) * stride >= size + before ? count - 1 : count;
}

// Calls f for every index of a shape of four dimensions.
template <class F>
void for_each_index(const Shape& shape, F&& f) {
  for (Index n = 0; n < shape[0]; n++) {
    for (Index c = 0; c < shape[1]; c++) {
      for (Index i = 0; i < shape[2]; i++) {
        for (Index j = 0; j < shape[3]; j++) f(n, c, i, j);
      }
    }
  }
}

// One product of a convolution: output pixel (i, j) of channel `out` meets input pixel (y, x) of channel `in`
// through tap (u, v) of the weight.
struct TapProduct {
  Index n, out, i, j, in, in_of_group, y, x, u, v;
};

template <class F>
void for_each_product(const Shape& x, const Shape& weight, const Shape& y, const Conv2dOptions& p, F&& f) {
  const Index group_out = weight[0] / p.groups;
  for_each_index(y, [&](Index n, Index out, Index i, Index j) {
    for (Index c = 0; c < weight[1]; c++) {
      for (Index u = 0; u < weight[2]; u++) {
        for (Index v = 0; v < weight[3]; v++) {
          const Index row = i * p.stride.h + u * p.dilation.h - p.padding.top;
          const Index column = j * p.stride.w + v * p.dilation.w - p.padding.left;
          if (row < 0 || row >= x[2] || column < 0 || column >= x[3]) continue;
          f(TapProduct{n, out, i, j, out / group_out * weight[1] + c, c, row, column, u, v});
        }
      }
    }
  });
}

Shape conv2d_shape(const Located<Tensor>& input, const Shape& weight, const Conv2dOptions& p) {
  const Call call("reference::conv2d", input.where);
  const Shape& x = input.shape();
  detail::check_images(call, x);
  detail::check_weight(call, weight);
  detail::check_options(call, p, {weight[2], weight[3]});
  detail::check_groups(call, p.groups, x[1], "input");
  detail::check_groups(call, p.groups, weight[0], "output");
  call.check(x[1] == weight[1] * p.groups, "x {} does not fit weight {} in {} groups", x, weight, p.groups);
  const Index h =
      window_count(x[2], p.padding.top, p.padding.bottom, weight[2], p.dilation.h, p.stride.h, false);
  const Index w =
      window_count(x[3], p.padding.left, p.padding.right, weight[3], p.dilation.w, p.stride.w, false);
  call.check(h > 0 && w > 0, "weight {} is larger than x {} with its padding", weight, x);
  return {x[0], weight[0], h, w};
}

// The sums of images plus one bias for each channel.
Tensor with_bias(Sums y, const Tensor& bias) {
  if (bias.defined()) {
    require(bias.shape() == Shape{y.shape[1]}, "reference: bias is {}, [{}] is wanted", bias.shape(),
            y.shape[1]);
    for_each_index(y.shape, [&](Index n, Index c, Index i, Index j) { y.at(n, c, i, j) += bias.at(c); });
  }
  return y.tensor();
}

// The windows of a pooling.
struct Windows {
  Size2 kernel, stride, dilation;
  Padding2 padding;
  Shape result;

  // Those of the window's cells that are in the image, row by row.
  template <class F>
  void for_each_cell(const Shape& x, Index i, Index j, F&& f) const {
    for (Index u = 0; u < kernel.h; u++) {
      for (Index v = 0; v < kernel.w; v++) {
        const Index row = i * stride.h + u * dilation.h - padding.top;
        const Index column = j * stride.w + v * dilation.w - padding.left;
        if (row >= 0 && row < x[2] && column >= 0 && column < x[3]) f(row, column);
      }
    }
  }

  // The number of cells an average counts: those of the padding, too, or not.
  double divisor(const Shape& x, Index i, Index j, bool count_padding) const {
    const auto count = [&](Index first, Index cells, Index low, Index high) {
      return std::min(first + cells, high) - std::max(first, low);
    };
    const Index row = i * stride.h - padding.top, column = j * stride.w - padding.left;
    return static_cast<double>(count_padding
                                   ? count(row, kernel.h, -padding.top, x[2] + padding.bottom) *
                                         count(column, kernel.w, -padding.left, x[3] + padding.right)
                                   : count(row, kernel.h, 0, x[2]) * count(column, kernel.w, 0, x[3]));
  }
};

Windows checked_windows(const Call& call, const Shape& x, Size2 kernel, const MaxPool2dOptions& p) {
  const Size2 stride = p.stride.value_or(kernel);
  const Padding2& pad = p.padding;
  detail::check_images(call, x);
  detail::check_options(call, p, kernel);
  const Index h = window_count(x[2], pad.top, pad.bottom, kernel.h, p.dilation.h, stride.h, p.ceil_mode);
  const Index w = window_count(x[3], pad.left, pad.right, kernel.w, p.dilation.w, stride.w, p.ceil_mode);
  call.check(h > 0 && w > 0, "kernel {}x{} is larger than x {} with its padding", kernel.h, kernel.w, x);
  return {kernel, stride, p.dilation, pad, Shape{x[0], x[1], h, w}};
}

Windows max_windows(const Located<Tensor>& x, Size2 kernel, const MaxPool2dOptions& p) {
  return checked_windows(Call("reference::max_pool2d", x.where), x.shape(), kernel, p);
}

Windows avg_windows(const Located<Tensor>& x, Size2 kernel, const AvgPool2dOptions& p) {
  return checked_windows(Call("reference::avg_pool2d", x.where), x.shape(), kernel,
                         detail::window_options(p));
}

// Channel or filter i: a copy of x[i].
Tensor part(const Tensor& x, Index i) {
  const Shape shape(x.shape().sizes().subspan(1));
  return Tensor::from(shape, x.values().subspan(static_cast<std::size_t>(i * shape.numel()),
                                                static_cast<std::size_t>(shape.numel())));
}

}  // namespace

Tensor corr2d(const Tensor& x, const Tensor& k) {
  require(x.dim() == 2 && k.dim() == 2, "corr2d: X is {}, K is {}; two matrices are wanted", x.shape(),
          k.shape());
  const Index h = k.size(0), w = k.size(1);
  require(h <= x.size(0) && w <= x.size(1), "corr2d: kernel {} is larger than the image {}", k.shape(),
          x.shape());
  Tensor y = Tensor::uninitialized({x.size(0) - h + 1, x.size(1) - w + 1});
  for (Index i = 0; i < y.size(0); i++) {
    for (Index j = 0; j < y.size(1); j++) {
      double sum = 0;
      for (Index u = 0; u < h; u++) {
        for (Index v = 0; v < w; v++) sum += static_cast<double>(x.at(i + u, j + v)) * k.at(u, v);
      }
      y.set(i, j, static_cast<Scalar>(sum));
    }
  }
  return y;
}

Tensor conv2d_flipped(const Tensor& x, const Tensor& k) {
  Tensor turned = k.clone();
  std::ranges::reverse(turned.mutable_values());
  return corr2d(x, turned);
}

Tensor corr2d_multi_in(const Tensor& x, const Tensor& k) {
  require(x.dim() == 3 && k.dim() == 3 && x.size(0) == k.size(0) && x.size(0) > 0,
          "corr2d_multi_in: X is {}, K is {}; [C,H,W] and [C,h,w] are wanted", x.shape(), k.shape());
  Tensor y = corr2d(part(x, 0), part(k, 0));
  for (Index c = 1; c < x.size(0); c++) {
    const Tensor one = corr2d(part(x, c), part(k, c));
    std::transform(one.values().begin(), one.values().end(), y.data(), y.mutable_data(), std::plus<>());
  }
  return y;
}

Tensor corr2d_multi_in_out(const Tensor& x, const Tensor& k) {
  require(k.dim() == 4 && k.numel() > 0, "corr2d_multi_in_out: K is {}; [C_out,C,h,w] is wanted", k.shape());
  const Tensor first = corr2d_multi_in(x, part(k, 0));
  Tensor y = Tensor::uninitialized({k.size(0), first.size(0), first.size(1)});
  for (Index o = 0; o < k.size(0); o++) {
    const Tensor one = corr2d_multi_in(x, part(k, o));
    std::copy_n(one.data(), one.numel(), y.mutable_data() + o * one.numel());
  }
  return y;
}

Tensor corr2d_multi_in_out_1x1(const Tensor& x, const Tensor& k) {
  require(x.dim() == 3 && k.dim() == 4 && k.size(1) == x.size(0) && k.size(2) == 1 && k.size(3) == 1,
          "corr2d_multi_in_out_1x1: X is {}, K is {}; [C,H,W] and [C_out,C,1,1] are wanted", x.shape(),
          k.shape());
  return matmul(k.reshape({k.size(0), k.size(1)}), x.reshape({x.size(0), -1}))
      .reshape({k.size(0), x.size(1), x.size(2)});
}

Tensor conv2d(const Located<Tensor>& x, const Tensor& weight, const Tensor& bias,
              const Conv2dOptions& options) {
  Sums y(conv2d_shape(x, weight.shape(), options));
  for_each_product(x.shape(), weight.shape(), y.shape, options, [&](const TapProduct& p) {
    y.at(p.n, p.out, p.i, p.j) +=
        static_cast<double>(x.at(p.n, p.in, p.y, p.x)) * weight.at(p.out, p.in_of_group, p.u, p.v);
  });
  return with_bias(std::move(y), bias);
}

Conv2dGradients conv2d_gradients(const Located<Tensor>& x, const Tensor& weight, const Tensor& dy,
                                 const Conv2dOptions& options) {
  const Shape y = conv2d_shape(x, weight.shape(), options);
  require(dy.shape() == y, "reference conv2d_gradients: dy is {}, y is {}", dy.shape(), y);
  Sums dx(x.shape()), dweight(weight.shape()), dbias({1, weight.size(0), 1, 1});
  for_each_product(x.shape(), weight.shape(), y, options, [&](const TapProduct& p) {
    const double d = dy.at(p.n, p.out, p.i, p.j);
    dx.at(p.n, p.in, p.y, p.x) += d * weight.at(p.out, p.in_of_group, p.u, p.v);
    dweight.at(p.out, p.in_of_group, p.u, p.v) += d * x.at(p.n, p.in, p.y, p.x);
  });
  for_each_index(y, [&](Index n, Index c, Index i, Index j) { dbias.at(0, c, 0, 0) += dy.at(n, c, i, j); });
  return {dx.tensor(), dweight.tensor(), dbias.tensor().reshape({weight.size(0)})};
}

Tensor conv_transpose2d(const Located<Tensor>& x, const Tensor& weight, const Tensor& bias,
                        const ConvTranspose2dOptions& options) {
  const auto& [stride, padding, dilation, groups, extra, has_bias] = options;
  const Call call("reference::conv_transpose2d", x.where);
  detail::check_images(call, x.shape());
  detail::check_weight(call, weight.shape());
  detail::check_options(call, options, {weight.size(2), weight.size(3)});
  detail::check_groups(call, groups, x.size(1), "input");
  call.check(x.size(1) == weight.size(0), "x {} does not fit weight {}", x.shape(), weight.shape());
  const Index h = (x.size(2) - 1) * stride.h - padding.top - padding.bottom +
                  dilation.h * (weight.size(2) - 1) + extra.h + 1;
  const Index w = (x.size(3) - 1) * stride.w - padding.left - padding.right +
                  dilation.w * (weight.size(3) - 1) + extra.w + 1;
  call.check(h > 0 && w > 0, "the padding leaves {}x{} pixels; pad less", h, w);
  Sums y({x.size(0), weight.size(1) * groups, h, w});
  for_each_product(
      y.shape, weight.shape(), x.shape(), detail::convolution_options(options), [&](const TapProduct& p) {
        y.at(p.n, p.in, p.y, p.x) +=
            static_cast<double>(x.at(p.n, p.out, p.i, p.j)) * weight.at(p.out, p.in_of_group, p.u, p.v);
      });
  return with_bias(std::move(y), bias);
}

Tensor max_pool2d(const Located<Tensor>& x, Size2 kernel, const MaxPool2dOptions& options) {
  const Windows windows = max_windows(x, kernel, options);
  Tensor y = Tensor::full(windows.result, -std::numeric_limits<Scalar>::infinity());
  for_each_index(windows.result, [&](Index n, Index c, Index i, Index j) {
    windows.for_each_cell(x.shape(), i, j, [&](Index row, Index column) {
      const Scalar v = x.at(n, c, row, column);
      if (v > y.at(n, c, i, j) || std::isnan(v)) y.set(n, c, i, j, v);
    });
  });
  return y;
}

Tensor max_pool2d_gradient(const Located<Tensor>& x, const Tensor& dy, Size2 kernel,
                           const MaxPool2dOptions& options) {
  const Windows windows = max_windows(x, kernel, options);
  require(dy.shape() == windows.result, "reference max_pool2d_gradient: dy is {}, y is {}", dy.shape(),
          windows.result);
  Sums dx(x.shape());
  for_each_index(windows.result, [&](Index n, Index c, Index i, Index j) {
    Index row = -1, column = -1;
    windows.for_each_cell(x.shape(), i, j, [&](Index r, Index q) {
      const Scalar v = x.at(n, c, r, q);
      if (row < 0 || v > x.at(n, c, row, column) || std::isnan(v)) row = r, column = q;
    });
    if (row >= 0) dx.at(n, c, row, column) += dy.at(n, c, i, j);
  });
  return dx.tensor();
}

Tensor avg_pool2d(const Located<Tensor>& x, Size2 kernel, const AvgPool2dOptions& options) {
  const Windows windows = avg_windows(x, kernel, options);
  Sums y(windows.result);
  for_each_index(windows.result, [&](Index n, Index c, Index i, Index j) {
    windows.for_each_cell(x.shape(), i, j,
                          [&](Index row, Index column) { y.at(n, c, i, j) += x.at(n, c, row, column); });
    y.at(n, c, i, j) /= windows.divisor(x.shape(), i, j, options.count_include_pad);
  });
  return y.tensor();
}

Tensor avg_pool2d_gradient(const Located<Tensor>& x, const Tensor& dy, Size2 kernel,
                           const AvgPool2dOptions& options) {
  const Windows windows = avg_windows(x, kernel, options);
  require(dy.shape() == windows.result, "reference avg_pool2d_gradient: dy is {}, y is {}", dy.shape(),
          windows.result);
  Sums dx(x.shape());
  for_each_index(windows.result, [&](Index n, Index c, Index i, Index j) {
    const double share = dy.at(n, c, i, j) / windows.divisor(x.shape(), i, j, options.count_include_pad);
    windows.for_each_cell(x.shape(), i, j,
                          [&](Index row, Index column) { dx.at(n, c, row, column) += share; });
  });
  return dx.tensor();
}

Tensor matmul(const Tensor& a, const Tensor& b) {
  require(a.dim() == 2 && b.dim() == 2 && a.size(1) == b.size(0),
          "reference matmul: {} and {} are not two matrices that fit", a.shape(), b.shape());
  Tensor c = Tensor::uninitialized({a.size(0), b.size(1)});
  for (Index i = 0; i < c.size(0); i++) {
    for (Index j = 0; j < c.size(1); j++) {
      double sum = 0;
      for (Index k = 0; k < a.size(1); k++) sum += static_cast<double>(a.at(i, k)) * b.at(k, j);
      c.set(i, j, static_cast<Scalar>(sum));
    }
  }
  return c;
}

}  // namespace reel::inline REEL_PRECISION::reference
