// The terms of one number in columns. Internal to inspection.
#pragma once

#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include <reel/core/explain.h>
#include <reel/core/inspect/trace.h>

namespace reel::inline REEL_PRECISION::inspect {

/// "dz[0,0,1,0] * x[0,1,1,1] = 1 * 5 = 5", of a term of the op at node `op`. A factor 1 that stands in no
/// tensor is left out.
std::string term_text(const Trace& trace, std::size_t op, const Term& term);

/// Takes the terms of an explanation, and keeps no more of them than it shows:
///      n i j     dz     x   product  running
///      0 1 0      1     5      5        5
class TermTable {
 public:
  /// Of terms of the op at node `op`, shows the first `most`.
  TermTable(const Trace& trace, std::size_t op, Index most) : trace_(trace), op_(op), most_(most) {}

  void add(const Term& term);
  /// Lines for the terms that are shown. `loop` names what is counted.
  std::string text(const std::vector<std::string>& loop) const;
  /// An object for each of them.
  nlohmann::json data() const;
  Index count() const { return count_; }
  Index shown() const { return std::ssize(rows_); }
  /// "4 products", and "4 terms" where there is nothing to multiply.
  std::string count_text() const;
  /// The first term that is infinite or NaN, as term_text; "" for none.
  const std::string& not_finite() const { return not_finite_; }

 private:
  struct Row {
    std::vector<Index> loop;
    Factor a, b;
    double product, running;
    std::string note;
  };
  struct Headings {
    std::string a, b;
  };
  struct Column;

  std::string tensor_of(const Factor& factor) const;
  std::string note_of(const Term& term) const;
  void name_columns(const Term& term);
  Row arranged(Row row) const;
  std::vector<Column> columns(const std::vector<std::string>& loop, const std::vector<Row>& rows) const;
  nlohmann::json factor_data(const Factor& factor) const;

  const Trace& trace_;
  std::size_t op_;
  Index most_;
  std::vector<Row> rows_;
  Headings headings_;
  Index count_ = 0;
  double running_ = 0;
  bool all_ones_ = true;  // the second factors
  std::string not_finite_;
};

}  // namespace reel::inline REEL_PRECISION::inspect
