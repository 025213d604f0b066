#include "common/mistakes.h"

#include <algorithm>
#include <cctype>
#include <exception>
#include <filesystem>
#include <functional>
#include <iterator>
#include <numeric>
#include <string_view>
#include <system_error>

#include <fmt/format.h>

#include <reel/core/inspect/page/detail/page_data.h>
#include <reel/core/inspect/page/page.h>
#include <reel/core/text/detail/escape.h>
#include <reel/core/text/detail/printable.h>
#include <reel/layers/eval_mode.h>

#include "common/pictures.h"
#include "common/sample.h"

namespace reel::apps {
namespace {

// What a browser takes at once: of larger networks the large tensors are cropped sooner.
constexpr Index kLargestData = Index{3} << 20;

Index elements_shown(const inspect::Trace& trace) {
  Index most = inspect::PageOptions{}.max_elements;
  while (most > 1024 && inspect::page_data_size(trace, most) > kLargestData) most /= 4;
  return most;
}

void write_mistake_page(Module& net, const LabelledImages& dataset, const Transform& view,
                        const Prediction& p, const std::string& path) {
  const Subset one{dataset, {p.index}};
  Loader loader{one, {.batch = 1, .transform = view, .prefetch = 0}};
  const Batch batch = *loader.begin();
  const EvalMode eval(net);
  Tape tape;
  const Var logits = net(tape.input(batch.images).named("image")).named("logits");
  const Var loss = cross_entropy(logits, batch.labels).named("loss");
  const inspect::Trace trace(tape, loss);
  inspect::write_page(trace, path,
                      {.title = fmt::format("Test image {}: {} read as {}", p.index,
                                            class_name(dataset, p.label), class_name(dataset, p.predicted)),
                       .max_elements = elements_shown(trace)});
}

// Whether other files may lie beside it, as not beside /dev/stdout.
bool is_file(const std::string& report) {
  std::error_code ignored;
  return !std::filesystem::exists(report, ignored) || std::filesystem::is_regular_file(report, ignored);
}

// A file name as part of an address.
std::string url_of(const std::string& name) {
  std::string url;
  for (const char c : name) {
    const bool is_plain = std::isalnum(static_cast<unsigned char>(c)) ||
                          std::string_view("-_.~").find(c) != std::string_view::npos;
    url += is_plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return url;
}

// The page at the logit of the class that was taken for the right one.
std::string link_html(const MistakePage& page, const Prediction& p) {
  if (!page.failure.empty())
    return fmt::format("<p class=\"failure\">It has no page: {}</p>", escape_html(printable(page.failure)));
  const std::string name = std::filesystem::path(page.path).filename().string();
  return fmt::format(
      "<p><a href=\"{}#why=logits[0,{}]\">Why? Every number of it</a> <small>{:.1f} MB</small></p>",
      url_of(name), p.predicted, 1e-6 * static_cast<double>(page.bytes));
}

// The three most probable classes, the right one in the place of the third where it is none of them.
std::vector<int> thoughts(const Tensor& probabilities, const Prediction& p) {
  constexpr std::ptrdiff_t kThoughts = 3;
  std::vector<int> classes(static_cast<std::size_t>(probabilities.size(1)));
  std::iota(classes.begin(), classes.end(), 0);
  std::ranges::stable_sort(classes, std::greater(), [&](int k) { return probabilities.at(p.index, k); });
  const auto label = std::ranges::find(classes, p.label);
  if (label - classes.begin() >= kThoughts) std::iter_swap(classes.begin() + kThoughts - 1, label);
  classes.resize(std::min<std::size_t>(classes.size(), kThoughts));
  return classes;
}

std::string thoughts_html(const LabelledImages& dataset, const Tensor& probabilities, const Prediction& p) {
  std::string out = "<table class=\"thoughts\">";
  for (const int k : thoughts(probabilities, p)) {
    const auto probability = static_cast<double>(probabilities.at(p.index, k));
    out += fmt::format(
        "<tr class=\"{}\"><th>{}</th><td><span class=\"bar\" style=\"--m:{:.3f}\"></span>{:.1f}%</td></tr>",
        k == p.label ? "right" : "wrong", escape_html(class_name(dataset, k)), probability,
        100 * probability);
  }
  return out + "</table>";
}

std::string explained_html(const LabelledImages& dataset, const Tensor& probabilities, const Prediction& p,
                           const MistakePage& page) {
  const std::string of = class_name(dataset, p.label), as = class_name(dataset, p.predicted);
  return fmt::format(
      "<figure>{}<figcaption><b>{}</b> read as <b>{}</b> <small>test image "
      "{}</small>{}{}</figcaption></figure>\n",
      image_html(image_of(dataset, p.index), fmt::format("{} read as {}", of, as)), escape_html(of),
      escape_html(as), p.index, thoughts_html(dataset, probabilities, p), link_html(page, p));
}

Picture small_picture(const LabelledImages& dataset, const Tensor& probabilities, const Prediction& p) {
  return {image_of(dataset, p.index),
          fmt::format("{} ({:.0f}%) read as {} ({:.0f}%)", class_name(dataset, p.label),
                      100 * static_cast<double>(probabilities.at(p.index, p.label)),
                      class_name(dataset, p.predicted), 100 * p.confidence)};
}

}  // namespace

std::string mistake_path(const std::string& report, std::size_t n) {
  std::filesystem::path path(report);
  return path.replace_filename(fmt::format("{}-mistake-{}.html", path.stem().string(), n)).string();
}

std::vector<MistakePage> write_mistake_pages(Module& net, const LabelledImages& dataset,
                                             const Transform& view, const Evaluation& evaluation,
                                             const std::string& report) {
  std::vector<MistakePage> pages;
  if (!is_file(report)) return pages;
  for (const Prediction& p : evaluation.worst_mistakes(kMistakesExplained)) {
    MistakePage& page = pages.emplace_back(MistakePage{mistake_path(report, pages.size() + 1)});
    try {
      write_mistake_page(net, dataset, view, p, page.path);
      page.bytes = static_cast<std::int64_t>(std::filesystem::file_size(page.path));
    } catch (const std::exception& error) {  // it shall not cost the report
      page.failure = error.what();
    }
  }
  return pages;
}

std::string mistakes_html(const LabelledImages& dataset, const Evaluation& evaluation,
                          const std::vector<MistakePage>& pages) {
  const std::vector<Prediction> mistakes = evaluation.worst_mistakes(kMistakesShown);
  std::string explained;
  for (std::size_t i = 0; i < pages.size(); i++)
    explained += explained_html(dataset, evaluation.probabilities, mistakes[i], pages[i]);
  std::vector<Picture> pictures;
  for (std::size_t i = pages.size(); i < mistakes.size(); i++)
    pictures.push_back(small_picture(dataset, evaluation.probabilities, mistakes[i]));
  return fmt::format("<div class=\"explained\">\n{}</div>\n{}", explained, picture_grid(pictures));
}

}  // namespace reel::apps
