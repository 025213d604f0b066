#include "common/png.h"

#include <reel/core/text/detail/base64.h>
#include <reel/datasets/detail/image_formats.h>

namespace reel::apps {

std::string png_data_url(const Tensor& image) { return "data:image/png;base64," + base64(encode_png(image)); }

}  // namespace reel::apps
