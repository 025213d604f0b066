#include "common/class_tables.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include <reel/core/text/detail/escape.h>

namespace reel::apps {
namespace {

// Of the images that belong to a class, or were read as it: how many there are, and how many of them are right.
struct Found {
  Index all = 0, right = 0;

  Index wrong() const { return all - right; }
  double wrong_share() const {
    return static_cast<double>(wrong()) / static_cast<double>(std::max<Index>(all, 1));
  }
};

Found of_class(const ConfusionMatrix& matrix, Index label) {
  Found found{0, matrix.at(label, label)};
  for (Index k = 0; k < matrix.classes(); k++) found.all += matrix.at(label, k);
  return found;
}

Found read_as(const ConfusionMatrix& matrix, Index predicted) {
  Found found{0, matrix.at(predicted, predicted)};
  for (Index k = 0; k < matrix.classes(); k++) found.all += matrix.at(k, predicted);
  return found;
}

// Mistakes fade in by the square root of their share in the class, so that single ones can be seen.
std::string matrix_cell(const ConfusionMatrix& matrix, Index label, Index predicted, const std::string& of,
                        const std::string& as) {
  const Index count = matrix.at(label, predicted);
  const double share =
      static_cast<double>(count) / static_cast<double>(std::max<Index>(of_class(matrix, label).all, 1));
  return fmt::format(R"html(<td class="{}" style="--m:{:.2f}" title="{} of {} read as {}">{}</td>)html",
                     label == predicted ? "right" : "wrong", std::sqrt(share), count, escape_html(of),
                     escape_html(as), count ? std::to_string(count) : "");
}

// "98.2%" and the bar of the rest; a dash for a class without images.
std::string found_cells(double share, const Found& found, double longest) {
  if (found.all == 0) return "<td>–</td><td></td>";
  return fmt::format(
      R"html(<td>{:.1f}%</td><td class="rest"><span class="bar" style="--m:{:.3f}"></span>{}<span class="of"> of {}</span></td>)html",
      100 * share, longest > 0 ? found.wrong_share() / longest : 0, found.wrong(), found.all);
}

}  // namespace

std::string confusion_table(const ConfusionMatrix& matrix, const std::vector<std::string>& class_names) {
  // Names stand upright, for narrow columns; digits need not.
  const bool narrow =
      std::ranges::all_of(class_names, [](const std::string& name) { return name.size() < 4; });
  std::string out = "<div class=\"scroll\"><table class=\"matrix\"><thead><tr><th></th>";
  for (const std::string& name : class_names)
    out += fmt::format("<th><span{}>{}</span></th>", narrow ? "" : " class=\"upright\"", escape_html(name));
  out += "</tr></thead>\n<tbody>";
  for (Index label = 0; label < matrix.classes(); label++) {
    const std::string& name = class_names[static_cast<std::size_t>(label)];
    out += fmt::format("<tr><th>{}</th>", escape_html(name));
    for (Index k = 0; k < matrix.classes(); k++)
      out += matrix_cell(matrix, label, k, name, class_names[static_cast<std::size_t>(k)]);
    out += "</tr>\n";
  }
  return out + "</tbody></table></div>\n";
}

std::string recall_table(const ConfusionMatrix& matrix, const std::vector<std::string>& class_names) {
  double longest = 0;
  for (Index k = 0; k < matrix.classes(); k++)
    longest = std::max({longest, of_class(matrix, k).wrong_share(), read_as(matrix, k).wrong_share()});
  std::string out =
      "<div class=\"scroll\"><table class=\"recall\"><thead><tr><th class=\"name\">class</th><th>recall</th>"
      "<th class=\"rest\">missed</th><th>precision</th><th class=\"rest\">wrong</th></tr></thead>\n<tbody>";
  for (Index k = 0; k < matrix.classes(); k++) {
    out += fmt::format("<tr><td class=\"name\">{}</td>{}{}</tr>\n",
                       escape_html(class_names[static_cast<std::size_t>(k)]),
                       found_cells(matrix.recall(k), of_class(matrix, k), longest),
                       found_cells(matrix.precision(k), read_as(matrix, k), longest));
  }
  return out + "</tbody></table></div>\n";
}

}  // namespace reel::apps
