// What every layer and network is: named parameters, buffers and child modules, and a forward function.
#pragma once

#include <concepts>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <reel/core/io/state.h>
#include <reel/core/location.h>
#include <reel/core/parameter.h>
#include <reel/core/tape.h>

namespace reel::inline REEL_PRECISION {

/// A network or a part of one. Derive from it, add() the parts, and say in forward() how they connect:
///
///   struct Net : reel::Module {
///     reel::Linear& fc = add("fc", reel::Linear{784, 10});
///     reel::Var forward(reel::Var x) override { return fc(flatten(x)); }
///   };
///
/// Parts live on the heap: references to them stay valid when the module moves.
class Module : public Stateful {
 public:
  Module() = default;
  Module(Module&&) = default;
  Module& operator=(Module&&) = delete;

  /// The computation. Call the module itself, net(x), so that errors and inspection know where they are.
  virtual Var forward(Var x) = 0;
  Var operator()(Operand x);

  /// The name that add() gave: "conv1"; empty for a module that is nobody's part.
  const std::string& name() const { return name_; }
  /// The parts, in the order in which they were added.
  std::vector<Module*> children() const;

  /// Every parameter but absent ones, the module's own first, then those of its parts in order; with paths:
  /// "conv1.weight".
  std::vector<Parameter*> parameters() const;
  std::vector<std::pair<std::string, Parameter*>> named_parameters() const;
  /// Every tensor that is saved but not trained, such as "bn1.running_mean".
  std::vector<std::pair<std::string, Tensor*>> buffers() const;
  /// Drops every parameter's gradient.
  void zero_grad();

  /// Whether dropout drops and batch norm uses the batch: set for the module and all of its parts. While the
  /// forward of a module in eval() calls one that is no part, such as a layer that is a plain member, that
  /// one is as in eval().
  void train(bool on = true);
  void eval() { train(false); }
  bool is_training() const;

  /// Parameters, buffers and counters by path, as a PyTorch state_dict names them. The tensors share storage.
  /// Where the last forward used a trainable parameter that is no part of the module and that no optimiser
  /// updates, as that of a layer that is a plain member and not add()ed, or changed the buffers of a module
  /// without parameters that is no part, an Error: it would be missing. (Tape::backward says so where an
  /// optimiser misses it.)
  State state() const override;
  /// For a state of the same names and shapes; a FormatError lists at once what is missing, unexpected or of
  /// another shape.
  std::function<void()> prepare_load(const State& state) override;

 protected:
  explicit Module(Scope::Lines lines) : lines_(lines) {}

  /// Registers a part and returns it. Names of parts, parameters and buffers are unique, not empty, and have
  /// no dot: an Error otherwise.
  template <std::derived_from<Module> M>
  M& add(const Located<std::string>& name, M module) {
    auto part = std::make_unique<M>(std::move(module));
    M& reference = *part;
    adopt(name, std::move(part));
    return reference;
  }
  /// The ops of that name, which would be hidden in forward().
  static Var add(Operand a, Var b);
  static Var add(Operand a, Scalar b);
  /// An undefined value makes a parameter that is absent, as register_parameter(name, None) of PyTorch does.
  Parameter& add_parameter(const Located<std::string>& name, Tensor value);
  Tensor& add_buffer(const Located<std::string>& name, Tensor value);
  /// A whole number that is saved with the buffers.
  std::int64_t& add_counter(const Located<std::string>& name);

 private:
  class Run;
  template <class T>
  struct Named {
    std::string name;
    T value;
  };
  template <class T>
  using NamedList = std::vector<std::unique_ptr<Named<T>>>;

  void adopt(const Located<std::string>& name, std::unique_ptr<Module> part);
  void check_name(std::string_view function, const Located<std::string>& name) const;
  void note_missing(std::string what);
  void forget_missing();
  std::uint64_t buffer_versions() const;
  // Whether holds(module) of the module or of one below it.
  template <class F>
  bool any_part(F&& holds) const;
  // Calls visit(module, "path.") for the module and everything below it, parents first.
  template <class F>
  void walk(const std::string& prefix, F&& visit) const;

  std::string name_;
  Scope::Lines lines_ = Scope::Lines::kOwnLine;
  bool training_ = true;
  std::optional<std::string> missing_;  // what forward used that is no part
  std::vector<std::unique_ptr<Parameter>> parameters_;
  NamedList<Tensor> buffers_;
  NamedList<std::int64_t> counters_;
  std::vector<std::unique_ptr<Module>> children_;
};

/// Base of Reel's own layers: errors inside name the line that called the layer. What a constructor is given
/// is checked there: a size below 1, or options that the op would refuse, are an Error that names its line.
class Layer : public Module {
 protected:
  Layer() : Module(Scope::Lines::kCallersLine) {}
};

}  // namespace reel::inline REEL_PRECISION
