// Knows files by how they start, and says what to do with each.
#include <reel/core/io/detail/foreign_format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <string>
#include <utility>

#include <reel/core/text/detail/utf8.h>

namespace reel::inline REEL_PRECISION {
namespace {

using Magic = std::pair<std::string_view, std::string_view>;

constexpr std::string_view kPickle =
    "a pickle of Python; weights are saved with safetensors.torch.save_file, arrays with numpy.save";
constexpr std::string_view kPage = "a web page, as of a failed download; fetch the file itself";

// How files start; texts in small letters, without spaces in front.
constexpr std::array kMagics{
    Magic{"version https://git-lfs", "a pointer of Git LFS to the file; fetch it with git lfs pull"},
    Magic{"<?xml", "an XML text, as of a failed download; fetch the file itself"},
    Magic{"<", kPage},
    Magic{"pk\3\4",
          "a zip archive; unpack it, or if torch.save or numpy.savez wrote it, save again with "
          "safetensors.torch.save_file or numpy.save"},
    Magic{"\x80\2", kPickle},
    Magic{"\x80\3", kPickle},
    Magic{"\x80\4", kPickle},
    Magic{"\x80\5", kPickle},
    Magic{"\x1f\x8b", "compressed by gzip; unpack it with gunzip"},
    Magic{"\xfd"
          "7zxz",
          "compressed by xz; unpack it with unxz"},
    Magic{"bzh", "compressed by bzip2; unpack it with bunzip2"},
    Magic{"\x28\xb5\x2f\xfd", "compressed by zstd; unpack it with unzstd"},
    Magic{"\x89hdf", "an HDF5 file, as Keras writes it; save the weights as safetensors instead"},
    Magic{"gguf", "a GGUF file, as llama.cpp reads it; save the weights as safetensors instead"},
    Magic{"\x93numpy", "an .npy file; read_npy() reads it"},
};

}  // namespace

std::string_view foreign_format(std::string_view bytes) {
  if (bytes.empty()) return "an empty file; was its writing interrupted?";
  const std::string_view text = without_byte_order_mark(bytes);
  const std::size_t begin = std::min(text.find_first_not_of(" \t\r\n"), text.size());
  std::string start(text.substr(begin, kForeignBytes));
  std::ranges::transform(start, start.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  const auto* const found =
      std::ranges::find_if(kMagics, [&](const Magic& magic) { return start.starts_with(magic.first); });
  if (found != kMagics.end()) return found->second;
  const bool is_safetensors = bytes.size() > 8 && bytes.substr(6, 3) == std::string_view("\0\0{", 3);
  return is_safetensors ? "a safetensors file; read_safetensors() reads it" : "";
}

}  // namespace reel::inline REEL_PRECISION
