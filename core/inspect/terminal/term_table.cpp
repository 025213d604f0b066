// Puts terms into columns, joins runs of zeros, and says what is written of each.
#include <reel/core/inspect/terminal/detail/term_table.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include <fmt/format.h>

#include <reel/core/inspect/terminal/detail/names.h>
#include <reel/core/text/detail/number.h>
#include <reel/core/text/detail/say.h>
#include <reel/core/text/detail/table.h>

namespace reel::inline REEL_PRECISION::inspect {
namespace {

// How often it is asked why a factor is 0: each time, the op that held it back runs again.
constexpr Index kMostReasons = 1000;

bool is_number(const Factor& factor) { return factor.of == Factor::Of::kNumber; }
// Without its name, which is the op's.
Factor kept(Factor factor) {
  factor.name = {};
  return factor;
}
bool is_one(const Factor& factor) { return is_number(factor) && factor.value == 1; }
// One that says something of its own, where padding's 0 and a factor 1 do not.
bool is_other_number(const Factor& factor) {
  return is_number(factor) && (!factor.name.empty() || (factor.value != 0 && factor.value != 1));
}

}  // namespace

std::string term_text(const Trace& trace, std::size_t op, const Term& term) {
  const auto product = [&](const std::string& a, const std::string& b) {
    return is_one(term.b) ? a : fmt::format("{} * {}", a, b);
  };
  std::string text = product(number_text(term.a.value), number_text(term.b.value));
  if (!is_number(term.a) || !is_number(term.b)) {
    text = product(factor_name(trace, op, term.a), factor_name(trace, op, term.b)) + " = " + text;
  }
  return is_one(term.b) ? text : fmt::format("{} = {}", text, number_text(term.product));
}

// A block of numbers under its heading.
struct TermTable::Column {
  std::string heading;
  std::size_t gap;    // blanks before it
  std::size_t least;  // width
  bool centred;       // the block, under a heading that is wider; else both end in the same place
  std::vector<std::string> cells = {};

  std::size_t block() const {
    std::size_t width = 0;
    for (const std::string& cell : cells) width = std::max(width, cell.size());
    return width;
  }
  std::size_t width() const { return std::max({least, width_of(heading), block()}); }
  std::string heading_text() const { return std::string(gap, ' ') + right_aligned(heading, width()); }
  std::string cell_text(std::size_t row) const {
    const std::string cell = fmt::format("{:>{}}", cells[row], block());
    return std::string(gap, ' ') +
           (centred ? fmt::format("{:^{}}", cell, width()) : fmt::format("{:>{}}", cell, width()));
  }
};

void TermTable::add(const Term& term) {
  count_++;
  running_ += term.product;
  all_ones_ = all_ones_ && is_one(term.b);
  if (not_finite_.empty() && !std::isfinite(term.product)) not_finite_ = term_text(trace_, op_, term);
  name_columns(term);
  if (count_ == most_ + 1) join_runs();
  if (count_ > most_ && joins_run(term.product)) {
    rows_.back().terms++;
    return;
  }
  if (not_zero_ == most_) return;
  if (term.product != 0) not_zero_++;
  rows_.push_back({.loop = {term.loop.begin(), term.loop.end()},
                   .a = kept(term.a),
                   .b = kept(term.b),
                   .product = term.product,
                   .running = running_,
                   .note = note_of(term)});
}

bool TermTable::joins_run(double product) const {
  return product == 0 && !rows_.empty() && rows_.back().product == 0 && not_zero_ < most_;
}

// There are more terms than lines for them.
void TermTable::join_runs() {
  for (Row& row : std::exchange(rows_, {})) {
    if (joins_run(row.product)) {
      rows_.back().terms++;
    } else {
      rows_.push_back(std::move(row));
    }
  }
}

std::string TermTable::note_of(const Term& term) {
  const bool blocked = term.a.of == Factor::Of::kOutputGradient && term.a.value == 0;
  if (!term.note.empty() || !blocked || reasons_ == kMostReasons) return std::string(term.note);
  reasons_++;
  return trace_.why_zero(op_, term.a.index);
}

// The columns are called after the first term that multiplies two tensors' elements, where there is one: what
// is left out, as in the padding, may come before it.
void TermTable::name_columns(const Term& term) {
  const bool named = !a_.tensor.empty() && !b_.tensor.empty();
  const bool product = !is_number(term.a) && !is_number(term.b);
  if (!named && (product || count_ == 1)) {
    a_.tensor = factor_tensor(trace_, op_, term.a);
    b_.tensor = factor_tensor(trace_, op_, term.b);
  }
  if (is_other_number(term.a)) a_.take_number(term.a);
  if (is_other_number(term.b)) b_.take_number(term.b);
}

void TermTable::Side::take_number(const Factor& number) {
  mixed = true;
  if (!name) name = number.name;
  if (*name != number.name) name = "";
}

std::string TermTable::Side::heading() const {
  if (!tensor.empty() && !mixed) return tensor;
  return tensor.empty() && !name.value_or("").empty() ? *name : std::string(in_own_words("factor"));
}

// Brings the factors into their tensors' columns; the note names what is of another tensor, as a bias.
TermTable::Row TermTable::arranged(Row row) const {
  const auto is_of = [&](const Factor& factor, const Side& side) {
    return !is_number(factor) && factor_tensor(trace_, op_, factor) == side.tensor;
  };
  const bool crossed = is_of(row.a, b_) || is_of(row.b, a_);
  if (crossed && !is_of(row.a, a_)) std::swap(row.a, row.b);
  const auto check = [&](const Factor& factor, const Side& side) {
    if (is_number(factor) || is_of(factor, side)) return;
    if (!row.note.empty()) row.note += ' ';
    row.note += factor_name(trace_, op_, factor);
  };
  check(row.a, a_);
  check(row.b, b_);
  return row;
}

std::vector<TermTable::Column> TermTable::columns(const Explanation& explanation,
                                                  const std::vector<Row>& rows) const {
  const std::vector<std::string>& loop = explanation.loop;
  std::vector<Column> result;
  const auto add = [&](Column column, auto text) {
    for (const Row& row : rows) column.cells.push_back(row.terms > 1 ? "" : text(row));
    result.push_back(std::move(column));
  };
  for (std::size_t i = 0; i < loop.size(); i++) {
    add({loop[i], i == 0 ? 5u : 1u, 1, false},
        [i](const Row& row) { return i < row.loop.size() ? std::to_string(row.loop[i]) : ""; });
  }
  const Column first = loop.empty() ? Column{a_.heading(), 5, 1, false} : Column{a_.heading(), 3, 3, false};
  add(first, [](const Row& row) { return number_text(row.a.value); });
  if (multiplies(explanation)) {
    add({b_.heading(), 3, 3, false}, [](const Row& row) { return number_text(row.b.value); });
    add({say("product"), 3, 0, true}, [](const Row& row) { return number_text(row.product); });
  }
  add({say("running"), 2, 0, true}, [](const Row& row) { return number_text(row.running); });
  return result;
}

// What stands behind the numbers of a row, or of a run of zeros in their place.
std::string TermTable::words(const Explanation& explanation, const Row& row) const {
  if (row.terms == 1) return row.note;
  const std::string zeros =
      multiplies(explanation) ? say("… {} products are 0", row.terms) : say("… {} terms are 0", row.terms);
  return row.note.empty() ? zeros : say("{}; the first: {}", zeros, row.note);
}

std::string TermTable::text(const Explanation& explanation, std::size_t width) const {
  std::vector<Row> rows;
  for (const Row& row : rows_) rows.push_back(row.terms > 1 ? row : arranged(row));
  const std::vector<Column> all = columns(explanation, rows);
  std::string text;
  for (const Column& column : all) text += column.heading_text();
  std::size_t longest = width_of(text);
  text += '\n';
  for (std::size_t i = 0; i < rows.size(); i++) {
    std::string line;
    for (const Column& column : all) line += column.cell_text(i);
    line.erase(line.find_last_not_of(' ') + 1);
    if (rows[i].terms > 1) line = "     ";
    const std::string behind = words(explanation, rows[i]);
    if (!behind.empty()) line += (rows[i].terms > 1 ? "" : "    ") + behind;
    longest = std::max(longest, width_of(line));
    text += line + '\n';
  }
  return width == 0 || longest <= width ? text : narrow(explanation, all, rows, width);
}

std::string TermTable::narrow(const Explanation& explanation, const std::vector<Column>& columns,
                              const std::vector<Row>& rows, std::size_t width) const {
  Table table(std::string(columns.size(), 'r') + 'l');
  std::vector<std::string> headings;
  for (const Column& column : columns) headings.push_back(column.heading);
  headings.emplace_back();
  table.add(std::move(headings));
  for (std::size_t i = 0; i < rows.size(); i++) {
    if (rows[i].terms > 1) {
      table.add_line(words(explanation, rows[i]));
      continue;
    }
    std::vector<std::string> row;
    for (const Column& column : columns) row.push_back(column.cells[i]);
    row.push_back(words(explanation, rows[i]));
    table.add(std::move(row));
  }
  return table.text(2, width);
}

Json TermTable::factor_data(const Factor& factor) const {
  Json data{{"value", factor.value}};
  if (!is_number(factor)) data.add({{"element", factor_name(trace_, op_, factor)}});
  return data;
}

Json TermTable::data() const {
  Json data = Json::array();
  for (const Row& row : rows_) {
    if (row.terms > 1) {
      data.push_back({{"terms", row.terms}, {"product", 0}, {"running", row.running}, {"note", row.note}});
      continue;
    }
    data.push_back({{"loop", row.loop},
                    {"a", factor_data(row.a)},
                    {"b", factor_data(row.b)},
                    {"product", row.product},
                    {"running", row.running},
                    {"note", row.note}});
  }
  return data;
}

Index TermTable::shown() const {
  Index terms = 0;
  for (const Row& row : rows_) terms += row.terms;
  return terms;
}

// A second factor may be 1 by chance.
bool TermTable::multiplies(const Explanation& explanation) const {
  const auto has = [&](std::string_view sign) { return explanation.formula.find(sign) != std::string::npos; };
  return !all_ones_ || has(" * ") || has(" / ");
}

std::string TermTable::count_text(const Explanation& explanation) const {
  return multiplies(explanation) ? say_counted(count_, "{} product", "{} products", count_)
                                 : say_counted(count_, "{} term", "{} terms", count_);
}

}  // namespace reel::inline REEL_PRECISION::inspect
