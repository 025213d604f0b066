#include "common/graph_layout.h"

#include <algorithm>
#include <cctype>
#include <map>
#include <optional>
#include <string_view>
#include <utility>

namespace reel::apps {
namespace {

// The gaps below the rows `first` to `last`, in which a branch has its lane to itself.
struct Branch {
  std::size_t first = 0, last = 0;
  std::vector<std::size_t> boxes, edges;
};

std::string_view block_of(std::string_view scope) {
  std::size_t end = 0;
  for (std::size_t begin = 0; begin < scope.size(); begin = end + 1) {
    end = std::min(scope.find('.', begin), scope.size());
    if (std::isdigit(static_cast<unsigned char>(scope[begin]))) return scope.substr(0, end);
  }
  return scope.substr(0, scope.find('.'));
}

std::vector<GraphFrame> frames_of(const std::vector<OnnxPart>& parts, const std::vector<GraphBox>& boxes) {
  const auto block = [&](const GraphBox& box) { return block_of(parts[box.parts[0]].scope); };
  std::map<std::string_view, std::vector<std::size_t>> rows;
  for (const GraphBox& box : boxes) rows[block(box)].push_back(box.row);
  std::vector<GraphFrame> frames;
  for (const auto& [name, of] : rows) {
    const GraphFrame frame{std::string(name), *std::ranges::min_element(of), *std::ranges::max_element(of)};
    const auto is_stranger = [&](const GraphBox& box) {
      return box.row >= frame.first && box.row <= frame.last && block(box) != frame.block;
    };
    if (!name.empty() && of.size() > 1 && std::ranges::none_of(boxes, is_stranger)) frames.push_back(frame);
  }
  return frames;
}

class Layout {
 public:
  explicit Layout(const std::vector<OnnxPart>& parts) : parts_(parts), box_of_(parts.size()) {}

  GraphLayout made() {
    make_boxes();
    make_rows();
    std::vector<Branch> branches;
    is_placed_.resize(boxes().size());
    for (std::size_t box = boxes().size(); box-- > 0;) {
      if (!is_placed_[box]) branches.push_back(branch_to({}, box));
      for (const std::size_t input : inputs_[box]) {
        if (!has_edge(input, box)) branches.push_back(branch_to(box, input));
      }
    }
    give_lanes(branches);
    layout_.frames = frames_of(parts_, boxes());
    return std::move(layout_);
  }

 private:
  std::vector<GraphBox>& boxes() { return layout_.boxes; }

  // Whether the part works on what the one part before it made, without another size or a matrix of its own.
  bool goes_on(const OnnxPart& part, const std::vector<std::size_t>& readers) const {
    if (part.op.empty() || part.inputs.size() != 1 || part.weight.dim() > 1) return false;
    const OnnxPart& before = parts_[part.inputs[0]];
    return !before.op.empty() && readers[part.inputs[0]] == 1 && before.shape == part.shape;
  }

  void make_boxes() {
    std::vector<std::size_t> readers(parts_.size());
    for (const OnnxPart& part : parts_)
      for (const std::size_t input : part.inputs) readers[input]++;
    for (std::size_t i = 0; i < parts_.size(); i++) {
      if (goes_on(parts_[i], readers)) {
        box_of_[i] = box_of_[parts_[i].inputs[0]];
      } else {
        box_of_[i] = boxes().size();
        boxes().emplace_back();
        std::vector<std::size_t>& inputs = inputs_.emplace_back();
        for (const std::size_t input : parts_[i].inputs) inputs.push_back(box_of_[input]);
      }
      boxes()[box_of_[i]].parts.push_back(i);
    }
  }

  // As low as its readers let it: what holds a weight alone stands by who reads it.
  void make_rows() {
    std::vector<std::size_t> below(boxes().size());  // rows, at least
    depth_.resize(boxes().size());
    for (std::size_t box = 0; box < boxes().size(); box++)
      for (const std::size_t input : inputs_[box]) depth_[box] = std::max(depth_[box], depth_[input] + 1);
    for (std::size_t box = boxes().size(); box-- > 0;)
      for (const std::size_t input : inputs_[box]) below[input] = std::max(below[input], below[box] + 1);
    layout_.rows = 1 + *std::ranges::max_element(below);
    for (std::size_t box = 0; box < boxes().size(); box++) {
      const bool is_input = parts_[boxes()[box].parts[0]].operators.empty();
      boxes()[box].row = is_input ? 0 : layout_.rows - 1 - below[box];
    }
  }

  bool has_edge(std::size_t from, std::size_t to) const {
    return std::ranges::any_of(layout_.edges,
                               [&](const GraphEdge& edge) { return edge.from == from && edge.to == to; });
  }

  // The longest way up from `reader` by its input `box`, as far as nothing else went there before.
  Branch branch_to(std::optional<std::size_t> reader, std::size_t box) {
    Branch branch;
    branch.last = reader ? boxes()[*reader].row - 1 : boxes()[box].row;
    while (true) {
      if (reader) {
        branch.edges.push_back(layout_.edges.size());
        layout_.edges.push_back({box, *reader, 0});
      }
      branch.first = boxes()[box].row;
      if (is_placed_[box]) break;
      is_placed_[box] = true;
      branch.boxes.push_back(box);
      if (inputs_[box].empty()) break;
      reader = box;
      box = *std::ranges::max_element(inputs_[box], {}, [&](std::size_t input) { return depth_[input]; });
    }
    return branch;
  }

  // The first branch is the trunk. Of the others the shortest is the next to it.
  void give_lanes(std::vector<Branch>& branches) {
    std::stable_sort(branches.begin() + 1, branches.end(),
                     [](const Branch& a, const Branch& b) { return a.last - a.first < b.last - b.first; });
    std::vector<std::vector<const Branch*>> lanes(1);
    for (const Branch& branch : branches) {
      const auto is_apart = [&](const Branch* other) {
        return other->last < branch.first || branch.last < other->first;
      };
      std::size_t lane = &branch == &branches.front() ? 0 : 1;
      while (lane < lanes.size() && !std::ranges::all_of(lanes[lane], is_apart)) lane++;
      if (lane == lanes.size()) lanes.emplace_back();
      lanes[lane].push_back(&branch);
      for (const std::size_t box : branch.boxes) boxes()[box].lane = lane;
      for (const std::size_t edge : branch.edges) layout_.edges[edge].lane = lane;
    }
    layout_.lanes = lanes.size();
  }

  const std::vector<OnnxPart>& parts_;
  std::vector<std::size_t> box_of_;               // by part
  std::vector<std::vector<std::size_t>> inputs_;  // by box
  std::vector<std::size_t> depth_;                // by box: how many are above it, at least
  std::vector<bool> is_placed_;
  GraphLayout layout_;
};

}  // namespace

GraphLayout graph_layout(const std::vector<OnnxPart>& parts) { return Layout(parts).made(); }

}  // namespace reel::apps
