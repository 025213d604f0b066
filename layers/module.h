// What every layer and network is: named parameters, buffers and child modules, and a forward function.
#pragma once

#include <concepts>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <reel/core/io/state.h>
#include <reel/core/location.h>
#include <reel/core/parameter.h>
#include <reel/core/tape.h>

namespace reel::inline REEL_PRECISION {

/// A tree of named parts, whatever they compute: what Module and ModuleOf share. Parts live on the heap: references to
/// them stay valid when the module moves.
class ModuleBase : public Stateful {
 public:
  ModuleBase() = default;
  ModuleBase(ModuleBase&&) = default;
  ModuleBase& operator=(ModuleBase&&) = delete;

  /// The name that add() gave: "conv1"; empty for a module that is nobody's part.
  const std::string& name() const { return name_; }
  /// The parts, in the order in which they were added.
  std::vector<ModuleBase*> children() const;
  /// Calls f of every part, the innermost first, and of the module itself, as PyTorch's apply():
  ///   net.apply([](ModuleBase& m) { if (auto* conv = dynamic_cast<Conv2d*>(&m)) conv->weight.value.fill(0); });
  void apply(const std::function<void(ModuleBase&)>& f);

  /// Every parameter but absent ones, the module's own first, then those of its parts in order; with paths:
  /// "conv1.weight".
  std::vector<Parameter*> parameters() const;
  std::vector<std::pair<std::string, Parameter*>> named_parameters() const;
  /// Every tensor that is saved but not trained, such as "bn1.running_mean".
  std::vector<std::pair<std::string, Tensor*>> buffers() const;
  /// Every whole number that is saved with them, such as "bn1.num_batches_tracked".
  std::vector<std::pair<std::string, std::int64_t*>> counters() const;
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
  explicit ModuleBase(Scope::Lines lines) : lines_(lines) {}

  /// Runs forward() so that errors and inspection know where they are: the call is at `where`.
  template <class F>
  void run(Location where, F&& forward) {
    run(
        where, [](void* f) { (*static_cast<std::remove_reference_t<F>*>(f))(); }, &forward);
  }

  /// Registers a part and returns it. Names of parts, parameters and buffers are unique, not empty, and have
  /// no dot: an Error otherwise.
  template <std::derived_from<ModuleBase> M>
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
  struct Entry {
    std::string name;
    T value;
  };
  template <class T>
  using EntryList = std::vector<std::unique_ptr<Entry<T>>>;

  void run(Location where, void (*forward)(void*), void* argument);
  void adopt(const Located<std::string>& name, std::unique_ptr<ModuleBase> part);
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
  EntryList<Tensor> buffers_;
  EntryList<std::int64_t> counters_;
  std::vector<std::unique_ptr<ModuleBase>> children_;
};

/// A network or a part of one, of one Var to another. Derive from it, add() the parts, and say in forward() how they
/// connect:
///
///   struct Net : reel::Module {
///     reel::Linear& fc = add("fc", reel::Linear{784, 10});
///     reel::Var forward(reel::Var x) override { return fc(flatten(x)); }
///   };
///
/// One that takes or gives something else is a ModuleOf.
class Module : public ModuleBase {
 public:
  /// The computation. Call the module itself, net(x), so that errors and inspection know where they are.
  virtual Var forward(Var x) = 0;
  Var operator()(Operand x);
  template <std::same_as<Tensor> T>
  void operator()(const T&) {
    static_assert(detail::kNever<T>, "net(tensor) is net(tape.input(tensor))");
  }

 protected:
  using ModuleBase::ModuleBase;
};

/// A module whose forward() takes a Var and whatever else it likes, and gives what it likes, such as a pair of Vars:
///
///   struct Net : reel::ModuleOf<Net> {
///     reel::Linear& fc = add("fc", reel::Linear{788, 10});
///     reel::Var forward(reel::Var image, reel::Var metadata) { return fc(concat({flatten(image), metadata}, 1)); }
///   };
///   ... net(tape.input(images), tape.input(metadata))
template <class Net>
class ModuleOf : public ModuleBase {
 public:
  /// forward(first, others...), known to errors and inspection.
  template <class... Others>
  auto operator()(Operand first, Others&&... others) {
    auto& net = static_cast<Net&>(*this);
    std::optional<decltype(net.forward(Var(first), std::forward<Others>(others)...))> result;
    run(first.where, [&] {  // which may let go of what it is given
      result.emplace(net.forward(Var(std::move(first)), std::forward<Others>(others)...));
    });
    return *std::move(result);
  }
};

/// Base of Reel's own layers: errors inside name the line that called the layer. What a constructor is given
/// is checked there: a size below 1, or options that the op would refuse, are an Error that names its line.
class Layer : public Module {
 protected:
  Layer() : Module(Scope::Lines::kCallersLine) {}
};

}  // namespace reel::inline REEL_PRECISION
