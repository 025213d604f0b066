#include <reel/datasets/detail/obstacle.h>

#include <system_error>
#include <vector>

namespace reel::inline REEL_PRECISION {

namespace fs = std::filesystem;

std::optional<Obstacle> obstacle_on_way(const fs::path& root, const fs::path& folder) {
  std::vector<fs::path> way{root};
  for (const fs::path& step : folder) way.push_back(way.back() / step);
  for (const fs::path& place : way) {
    std::error_code ignored;  // what may not be looked at is found out with the files
    const fs::file_type type = fs::status(place, ignored).type();
    if (type == fs::file_type::directory || type == fs::file_type::none) continue;
    if (type != fs::file_type::not_found)
      return Obstacle{place, "is a file, the folder of the data files is expected"};
    if (fs::is_symlink(fs::symlink_status(place, ignored)))
      return Obstacle{place, "is a link that leads nowhere"};
  }
  return std::nullopt;
}

}  // namespace reel::inline REEL_PRECISION
