// The terms of one number in columns. Internal to inspection.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <reel/core/explain.h>
#include <reel/core/inspect/detail/json.h>
#include <reel/core/inspect/trace.h>

namespace reel::inline REEL_PRECISION::inspect {

/// "dz[0,0,1,0] * x[0,1,1,1] = 1 * 5 = 5", of a term of the op at node `op`. A factor 1 that stands in no
/// tensor is left out.
std::string term_text(const Trace& trace, std::size_t op, const Term& term);

/// Takes the terms of an explanation, and keeps no more of them than it shows:
///      n i j     dz     x   product  running
///      0 1 0      1     5      5        5
/// Of many, a run of products that are 0 is one line, which has the note of the first:
///      … 24 products are 0; the first: relu off (z = -8)
class TermTable {
 public:
  /// Of terms of the op at node `op`, shows them all up to `most`, else the first `most` that are not 0.
  TermTable(const Trace& trace, std::size_t op, Index most) : trace_(trace), op_(op), most_(most) {}

  void add(const Term& term);
  /// Lines for the terms that are shown, once `explanation` is complete. Where they find no room in `width`
  /// characters (0: any number), columns are closer, and notes stand below.
  std::string text(const Explanation& explanation, std::size_t width = 0) const;
  /// An object for each of them; of a run of zeros one, with their number as "terms".
  Json data() const;
  Index count() const { return count_; }
  /// How many of them the lines stand for.
  Index shown() const;
  /// "4 products", and "4 terms" where there is nothing to multiply.
  std::string count_text(const Explanation& explanation) const;
  /// The first term that is infinite or NaN, as term_text; "" for none.
  const std::string& not_finite() const { return not_finite_; }

 private:
  struct Row {
    std::vector<Index> loop;
    Factor a, b;
    double product, running;
    std::string note;
    Index terms = 1;  // more of a run of zeros, whose first this is
  };
  // A column of factors.
  struct Side {
    std::string tensor;               // which they stand in
    bool mixed = false;               // with other numbers among them
    std::optional<std::string> name;  // of all these; "" where they have several

    void take_number(const Factor& number);
    std::string heading() const;
  };
  struct Column;

  std::string note_of(const Term& term);
  bool joins_run(double product) const;
  void join_runs();
  bool multiplies(const Explanation& explanation) const;
  void name_columns(const Term& term);
  Row arranged(Row row) const;
  std::vector<Column> columns(const Explanation& explanation, const std::vector<Row>& rows) const;
  std::string words(const Explanation& explanation, const Row& row) const;
  std::string narrow(const Explanation& explanation, const std::vector<Column>& columns,
                     const std::vector<Row>& rows, std::size_t width) const;
  Json factor_data(const Factor& factor) const;

  const Trace& trace_;
  std::size_t op_;
  Index most_;
  std::vector<Row> rows_;
  Side a_, b_;
  Index count_ = 0, not_zero_ = 0, reasons_ = 0;
  double running_ = 0;
  bool all_ones_ = true;  // the second factors
  std::string not_finite_;
};

}  // namespace reel::inline REEL_PRECISION::inspect
