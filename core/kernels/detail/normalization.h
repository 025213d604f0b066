// Normalisation by mean and variance: of channels (batch norm) and of rows (layer norm).
#pragma once

#include <cstddef>

#include <reel/core/kernels/detail/epilogue.h>

namespace reel::inline REEL_PRECISION::kernels {

/// Images [batch,channels,size], where size is height x width.
struct ChannelLayout {
  Index batch, channels, size;
  Index per_channel() const { return batch * size; }
};

/// One number each for each channel.
struct ChannelStatisticsView {
  Scalar *mean, *variance;    ///< biased; the variance is infinite where no Scalar can be that large
  Scalar* inverse_deviation;  ///< 1 / sqrt(variance + eps), also of such a variance
};

/// Bytes of workspace, aligned to 16, that the sums over channels want; what they hold is unspecified.
std::size_t channel_workspace(ChannelLayout layout);
/// The statistics of each channel, in one pass over the memory.
void channel_statistics(const Scalar* x, ChannelLayout layout, double eps, const ChannelStatisticsView& to,
                        void* workspace);
/// y = the map of x, with the addend and the relu of `epilogue`.
void channel_normalize(const Scalar* x, ChannelLayout layout, const ChannelMapView& map,
                       const EpilogueView& epilogue, Scalar* y);
/// For each channel the sums of dy and of dy n, n = (x - mean[c]) inverse_deviation[c]; and, unless dx is nullptr,
/// dx = scale[c] (dy - a - n b), where a and b are the means of dy and of dy n if they go `through_statistics`, else 0.
/// Where `relu`, y went through one and dy counts where the map of x is > 0. Channel by channel: what the sums have read
/// is in a cache for dx.
void channel_gradients(const Scalar* x, const Scalar* dy, ChannelLayout layout, const ChannelMapView& map,
                       const Scalar* inverse_deviation, bool relu, Scalar* sum_dy, Scalar* sum_dy_n,
                       bool through_statistics, Scalar* dx);
/// dx = scale[c] (weight[c] dy - a[c] - n b[c]); weight may be nullptr for 1.
void channel_input_gradient(const Scalar* x, const Scalar* dy, ChannelLayout layout,
                            const ChannelMapView& map, const Scalar* inverse_deviation, const Scalar* weight,
                            const Scalar* a, const Scalar* b, Scalar* dx);

/// For each of `rows` rows of `size` elements: mean, 1 / sqrt(variance + eps) (biased), and
/// y = (x - mean) inverse_deviation weight + bias; bias may be nullptr.
void row_normalize(const Scalar* x, Index rows, Index size, double eps, const Scalar* weight,
                   const Scalar* bias, Scalar* mean, Scalar* inverse_deviation, Scalar* y);
/// dx = inverse_deviation (g - mean(g) - n mean(g n)) with g = dy weight and n the normalised x.
void row_input_gradient(const Scalar* x, const Scalar* dy, Index rows, Index size, const Scalar* weight,
                        const Scalar* mean, const Scalar* inverse_deviation, Scalar* dx);
/// The sums over the rows of dy n and of dy.
void row_weight_gradients(const Scalar* x, const Scalar* dy, Index rows, Index size, const Scalar* mean,
                          const Scalar* inverse_deviation, Scalar* dweight, Scalar* dbias);

}  // namespace reel::inline REEL_PRECISION::kernels
