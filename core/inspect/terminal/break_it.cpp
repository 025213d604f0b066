// Each bug made in the trace, and the gradient that comes of it beside the right one.
#include <reel/core/inspect/terminal/detail/answer.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <reel/core/error.h>
#include <reel/core/inspect/check.h>
#include <reel/core/inspect/terminal/detail/window.h>
#include <reel/core/kernels/detail/elementwise.h>
#include <reel/core/text/detail/nearest.h>
#include <reel/core/text/detail/number.h>
#include <reel/core/text/detail/say.h>
#include <reel/core/text/detail/table.h>

namespace reel::inline REEL_PRECISION::inspect {
namespace {

constexpr Index kShownSlice = 8;                           // rows and columns
constexpr std::size_t kPlaneIndent = 4, kUsualWidth = 79;  // where any width will do

// A gradient as it is after an event, and as the mistake would have it.
struct Pair {
  Tensor right, wrong;
};

// A mistake: its words, and what it does to what an event makes; nothing where it has no part in that.
struct Bug {
  std::string_view name, what, noticed, needs;
  std::optional<Pair> (*at)(const Trace& trace, std::size_t event);
};

const TraceNode& op_of(const Trace& trace, const Event& event) { return trace.nodes()[event.op]; }

bool same_number(Scalar a, Scalar b) { return a == b || (std::isnan(a) && std::isnan(b)); }

// The gradient after an event, and what it would be had the event added `wrong`.
Pair with_contribution(const Trace& trace, std::size_t event, const Tensor& wrong) {
  const std::size_t node = trace.events()[event].node;
  const Tensor before = trace.grad(node, event);
  Tensor sum = wrong.clone();
  if (before.defined()) kernels::add_in_place(sum.mutable_data(), before.data(), sum.numel());
  return {trace.grad(node, event + 1), std::move(sum)};
}

// ---- The kernel is not turned around.

// Each kernel by 180 degrees.
Tensor turned(const Tensor& weight) {
  Tensor result = Tensor::uninitialized(weight.shape());
  const Index taps = weight.size(2) * weight.size(3);
  Scalar* to = result.mutable_data();
  for (Index i = 0; i < weight.numel(); i++) to[i] = weight.data()[i - i % taps + taps - 1 - i % taps];
  return result;
}

// Of a convolution with the kernels turned already: its backward turns them once more.
std::optional<Pair> not_turned(const Trace& trace, std::size_t event) {
  const Event& made = trace.events()[event];
  const TraceNode& op = op_of(trace, made);
  if (made.input != 0 || !is_convolution(trace, made.op) || op.reads[0].window.kernel == 1)
    return std::nullopt;
  return with_contribution(trace, event, trace.made_with(event, 1, turned(trace.value(op.inputs[1]))));
}

// ---- The gradients of the step before.

std::optional<Pair> not_zeroed(const Trace& trace, std::size_t event) {
  const std::size_t node = trace.events()[event].node;
  if (trace.op(node)) return std::nullopt;  // what an op computed has a new gradient in each step
  const Tensor right = trace.grad(node, event + 1);
  Tensor wrong = trace.grad(node).clone();  // of the step before
  kernels::add_in_place(wrong.mutable_data(), right.data(), wrong.numel());
  return Pair{right, std::move(wrong)};
}

// ---- The last contribution alone.

std::optional<Pair> not_accumulated(const Trace& trace, std::size_t event) {
  const std::size_t node = trace.events()[event].node;
  if (trace.grad_events(node).front() == event) return std::nullopt;
  return Pair{trace.grad(node, event + 1), trace.made(event)};
}

// ---- The first place of the bias alone.

std::optional<Pair> not_summed(const Trace& trace, std::size_t event) {
  const Event& made = trace.events()[event];
  const std::optional<Formula> formula = trace.facts(made.op).formula;
  const auto adds_it = [&](const formula::Summand& summand) {
    return summand.factors.size() == 1 && summand.factors[0].input == made.input;
  };
  const auto multiplies = [](const formula::Summand& summand) { return summand.factors.size() == 2; };
  if (op_of(trace, made).reads[made.input].kind != Reads::Kind::kWeight || !formula ||
      std::ranges::none_of(formula->summands, adds_it) ||
      std::ranges::none_of(formula->summands, multiplies)) {
    return std::nullopt;
  }
  Tensor wrong = Tensor::zeros(trace.made(event).shape());
  for (Index i = 0; i < wrong.numel(); i++) {
    bool is_first = true;
    trace.explain(event, i, [&](const Term& term) {
      if (std::exchange(is_first, false)) wrong.mutable_data()[i] = static_cast<Scalar>(term.a.value);
    });
  }
  return with_contribution(trace, event, wrong);
}

const std::array<Bug, 4>& bugs() {
  static const std::array<Bug, 4> all{
      {{"flip", sentence("the gradient of a convolution's input with the kernel not turned by 180 degrees"),
        sentence("shapes fit and the loss may even fall, for symmetric kernels hide it and the last layer "
                 "does not "
                 "need it; a gradient check finds it at once"),
        sentence(
            "a conv2d with a kernel larger than 1x1 whose input gets a gradient, and a kernel that looks "
            "different when it is turned by 180 degrees"),
        not_turned},
       {"no-zero-grad",
        sentence("gradients of the step before are still there, as if the same step ran twice"),
        sentence("steps grow with every batch as if the learning rate did, and the loss falls at first, then "
                 "jumps; "
                 "gradients after two backwards without a step are twice those after one"),
        sentence("a parameter or variable whose gradient is not 0"), not_zeroed},
       {"no-accumulate",
        sentence("a value that several ops read gets the gradient of the last of them alone"),
        sentence(
            "networks without branches train well, those with shortcuts or shared weights badly; a gradient "
            "check of what is read twice finds it"),
        sentence("two ops that read the same value, and no value is used twice: a residual block or a shared "
                 "weight "
                 "is"),
        not_accumulated},
       {"no-bias-sum",
        sentence("a bias gets the gradient of its first place instead of the sum over all places"),
        sentence("the shape is right, only the bias learns too slowly and from one corner of one image; a "
                 "gradient "
                 "check of the bias finds it"),
        sentence("a convolution or linear with a bias that gets a gradient from several places"),
        not_summed}}};
  return all;
}

const Bug& bug_called(std::string_view name) {
  for (const Bug& bug : bugs()) {
    if (bug.name == name) return bug;
  }
  const std::vector<std::string> names = mistake_names();
  throw Error(say("break-it takes {}, not \"{}\"{}", fmt::format("{}", fmt::join(names, ", ")), name,
                  suggestion(name, names)));
}

// Where the two differ first; none where they are the same.
std::optional<Index> first_difference(const Pair& pair) {
  const auto right = pair.right.values(), wrong = pair.wrong.values();
  const auto at = std::ranges::mismatch(right, wrong, same_number).in1;
  return at == right.end() ? std::nullopt : std::optional<Index>(at - right.begin());
}

// Part of a gradient; a ! marks what is not as in the other.
struct Shown {
  Block block;
  std::vector<std::vector<Scalar>> numbers;

  Shown(const std::string& title, const Tensor& tensor, const Tensor& other, const Crop& crop, bool marks) {
    std::vector<std::vector<std::string>> rows;
    for (Index r = 0; r < crop.shown_rows; r++) {
      auto& row = rows.emplace_back();
      auto& row_numbers = numbers.emplace_back();
      for (Index c = 0; c < crop.shown_columns; c++) {
        const Scalar number = tensor.data()[crop.at(r, c)];
        const std::string_view mark = !marks                                             ? ""
                                      : same_number(number, other.data()[crop.at(r, c)]) ? " "
                                                                                         : "!";
        row.push_back(fmt::format("{}{}", number_text(number), mark));
        row_numbers.push_back(number);
      }
    }
    block = grid(rows);
    block.insert(block.begin(), title);
  }
  std::size_t width() const { return width_of(block.back()); }  // a row of the grid is as wide as the others
};

// "dx[0,1]": what is cropped.
std::string plane_name(const TraceNode& node, Index element, const Crop& crop) {
  std::vector<std::string> index = index_texts(node.shape, element);
  index.resize(static_cast<std::size_t>(crop.leading));
  return gradient_name(node.name) + bracketed(index);
}

// Both gradients around an element.
struct Planes {
  Crop crop;
  Shown right, wrong;
};

// In as many columns as find room; 0: any number of characters.
Planes planes_in(std::size_t room, const TraceNode& node, const Pair& pair, Index element) {
  for (Index columns = kShownSlice;; columns--) {
    const Crop crop(node.shape, element, {kShownSlice, columns});
    const std::string plane = plane_name(node, element, crop);
    Planes planes{crop, Shown(say("right {}", plane), pair.right, pair.wrong, crop, false),
                  Shown(say("wrong {}", plane), pair.wrong, pair.right, crop, true)};
    const bool fits = std::max(planes.right.width(), planes.wrong.width()) <= room;
    if (columns == 1 || room == 0 || fits) return planes;
  }
}

Index count_differences(const Pair& pair) {
  Index count = 0;
  for (Index i = 0; i < pair.right.numel(); i++) {
    count += !same_number(pair.right.data()[i], pair.wrong.data()[i]);
  }
  return count;
}

// What the difference of two losses makes of a gradient. Their rounding may drown it; what backward finds too
// small to be seen is then as good as 0.
std::string numeric_text(const CheckResult& result, const std::string& name) {
  const double numeric = result.numeric, rounding = result.rounding;
  if (std::abs(numeric) <= rounding && std::abs(result.analytic.value_or(0)) <= rounding) {
    return say("say {} = 0", name);
  }
  if (std::abs(numeric) < 10 * rounding) {  // not one digit is left
    return say("cannot tell {}: rounding of the loss (±{:.1e}) is larger", name, rounding);
  }
  return say("say {} = {}", name, number_text(numeric, 4));
}

// The loss knows only the whole gradient, also where the event is not the last that adds to it.
std::string check_text(const Trace& trace, std::size_t event, Index element) {
  const std::size_t node = trace.events()[event].node;
  const CheckResult result = check(trace, node, element);
  std::string text = say("  differences of the loss {}",
                         numeric_text(result, text_of(trace, ElementRef{{node, true}, element})));
  if (trace.grad_events(node).back() != event) text += say("; that is with all contributions");
  if (const Index flips = result.flip_count(); flips > 0) {
    text += "; " + say_counted(flips, "{} flip: a kink, not a bug", "{} flips: a kink, not a bug", flips);
  }
  return text + "\n";
}

Answer answer(const Trace& trace, const Bug& bug, std::size_t event, const Pair& pair, Index element,
              std::size_t width) {
  const Event& made = trace.events()[event];
  const TraceNode &node = trace.nodes()[made.node], &op = op_of(trace, made);
  const std::string name = text_of(trace, ElementRef{{made.node, true}, element});
  const auto [crop, right, wrong] = planes_in(room_behind(kPlaneIndent, width), node, pair, element);
  const Index differ = count_differences(pair);
  const double right_number = pair.right.data()[element];
  const double wrong_number = pair.wrong.data()[element];
  std::string text = fmt::format("break-it {}: {}\n", bug.name, in_own_words(bug.what));
  text += say("  first difference: event {}, {} {} adds to {}; {} is {}, not {}\n", event + 1, op.op, op.name,
              gradient_name(node.name), name, number_text(right_number), number_text(wrong_number));
  text += beside({{right.block}, {{}, " "}, {wrong.block}}, kPlaneIndent, width == 0 ? kUsualWidth : width);
  if (!crop.whole()) text += say("    shown are {}\n", crop.text());
  text += say("  {} of {} elements differ\n", differ, node.shape.numel());
  text += check_text(trace, event, element);
  text += say("  how it is noticed: {}\n", in_own_words(bug.noticed));
  return {std::move(text),
          {{"mistake", bug.name},
           {"event", event + 1},
           {"name", name},
           {"right", right.numbers},
           {"wrong", wrong.numbers},
           {"differ", differ},
           {"elements", node.shape.numel()}}};
}

}  // namespace

std::vector<std::string> mistake_names() {
  std::vector<std::string> names;
  for (const Bug& bug : bugs()) names.emplace_back(bug.name);
  return names;
}

Answer break_it(const Trace& trace, std::string_view mistake, std::size_t time, std::size_t width) {
  const Bug& bug = bug_called(mistake);
  if (const std::size_t end = trace.events().size(); time < end) {
    throw Error(
        say("break-it needs the whole step, and this is event {} of {}: `goto {}` first", time, end, end));
  }
  for (std::size_t event = 0; event < trace.events().size(); event++) {
    if (trace.events()[event].kind != Event::Kind::kBackward) continue;
    const std::optional<Pair> pair = bug.at(trace, event);
    if (!pair) continue;
    if (const auto element = first_difference(*pair))
      return answer(trace, bug, event, *pair, *element, width);
  }
  throw Error(say("break-it {}: this step has no place for it to show; it needs {}", bug.name,
                  in_own_words(bug.needs)));
}

}  // namespace reel::inline REEL_PRECISION::inspect
