#include <reel/layers/module.h>

#include <algorithm>
#include <atomic>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include <reel/core/error.h>
#include <reel/core/ops/ops.h>
#include <reel/core/option_check.h>

namespace reel::inline REEL_PRECISION {

namespace {

std::mutex missing_mutex;              // several threads may call one module
std::atomic<bool> any_missing{false};  // whether anything was ever noted: most programs need no lock

}  // namespace

// A call of a module on this thread. What it uses is looked for in the tree of the outermost module that
// runs, in the nearest place first.
class ModuleBase::Run final : public ScopeOwner {
 public:
  explicit Run(ModuleBase& module)
      : outer_(current_),
        module_(module),
        root_(outer_ ? outer_->root_ : module),
        is_part_(!outer_ || outer_->has(module)),
        user_(is_part_ ? module : outer_->user_) {
    current_ = this;
  }
  ~Run() { current_ = outer_; }
  Run(const Run&) = delete;
  Run& operator=(const Run&) = delete;

  static const Run* current() { return current_; }
  bool is_outermost() const { return !outer_; }
  /// Whether a part calls the module, which is none itself.
  bool is_stranger() const { return !is_part_ && outer_->is_part_; }
  bool is_in_eval(const ModuleBase& module) const {
    return &module == &module_ && !is_part_ && !user_.training_;
  }
  void note_missing(std::string what) const { user_.note_missing(std::move(what)); }

  bool owns(const Parameter& parameter, Location where) const override {
    const auto holds = [&](const ModuleBase& module) {
      return std::ranges::any_of(module.parameters_, [&](const auto& p) { return p.get() == &parameter; });
    };
    if ((is_part_ && holds(module_)) || root_.any_part(holds)) return true;
    note_missing(fmt::format("parameter \"{}\" {} (used at {})", parameter.name, parameter.value.shape(),
                             where.text()));
    return false;
  }

 private:
  bool has(const ModuleBase& wanted) const {
    const auto is_wanted = [&](const auto& child) { return child.get() == &wanted; };
    return (is_part_ && std::ranges::any_of(module_.children_, is_wanted)) ||
           root_.any_part([&](const ModuleBase& module) { return &module == &wanted; });
  }

  static thread_local const Run* current_;
  const Run* outer_;
  ModuleBase& module_;
  ModuleBase& root_;
  bool is_part_;
  ModuleBase& user_;  // the innermost part that runs
};

thread_local const ModuleBase::Run* ModuleBase::Run::current_ = nullptr;

template <class F>
bool ModuleBase::any_part(F&& holds) const {
  return holds(*this) ||
         std::ranges::any_of(children_, [&](const auto& child) { return child->any_part(holds); });
}

template <class F>
void ModuleBase::walk(const std::string& prefix, F&& visit) const {
  visit(*this, prefix);
  for (const auto& child : children_) child->walk(prefix + child->name_ + ".", visit);
}

void ModuleBase::run(Location where, void (*forward)(void*), void* argument) {
  const Run run(*this);
  const Scope scope(name_, where, lines_, &run);
  if (run.is_outermost() && any_missing) {
    const std::lock_guard lock(missing_mutex);
    forget_missing();
  }
  // What has parameters is missed by them.
  if (!run.is_stranger() || !parameters().empty()) return forward(argument);
  const std::uint64_t before = buffer_versions();
  forward(argument);
  if (buffer_versions() != before) {
    run.note_missing(
        fmt::format("the module called at {}, which changes its buffers,", Scope::resolve(where).text()));
  }
}

Var Module::operator()(Operand x) {
  Var y;
  run(x.where, [&] { y = forward(std::move(x)); });
  return y;
}

std::uint64_t ModuleBase::buffer_versions() const {
  std::uint64_t sum = 0;
  for (const auto& [name, buffer] : buffers()) sum += buffer->version();
  return sum;
}

void ModuleBase::note_missing(std::string what) {
  const std::lock_guard lock(missing_mutex);
  missing_ = std::move(what);
  any_missing = true;
}

void ModuleBase::forget_missing() {
  missing_.reset();
  for (const auto& child : children_) child->forget_missing();
}

// ---- Registration

void ModuleBase::check_name(std::string_view function, const Located<std::string>& name) const {
  const auto fail = [&](std::string_view why) {
    throw Error(fmt::format("{}: {}", call_label(function, name, Scope::resolve(name.where)), why));
  };
  if (name.empty()) fail("the name is empty; parameters are saved by name");
  if (name.find('.') != std::string::npos) fail("a name has no dots; they separate the names of a path");
  const auto has = [&](const auto& list) {
    return std::any_of(list.begin(), list.end(), [&](const auto& item) { return item->name == name; });
  };
  const bool has_child = std::any_of(children_.begin(), children_.end(),
                                     [&](const auto& child) { return child->name_ == name; });
  if (has_child || has(parameters_) || has(buffers_) || has(counters_)) {
    fail("the module has a part of this name already; names must be unique");
  }
}

void ModuleBase::adopt(const Located<std::string>& name, std::unique_ptr<ModuleBase> part) {
  check_name("add", name);
  part->name_ = name;
  children_.push_back(std::move(part));
}

Var ModuleBase::add(Operand a, Var b) { return reel::add(std::move(a), std::move(b)); }
Var ModuleBase::add(Operand a, Scalar b) { return reel::add(std::move(a), b); }

Parameter& ModuleBase::add_parameter(const Located<std::string>& name, Tensor value) {
  check_name("add_parameter", name);
  parameters_.push_back(std::make_unique<Parameter>(Parameter{name, std::move(value)}));
  return *parameters_.back();
}

Tensor& ModuleBase::add_buffer(const Located<std::string>& name, Tensor value) {
  check_name("add_buffer", name);
  buffers_.push_back(std::make_unique<Entry<Tensor>>(Entry<Tensor>{name, std::move(value)}));
  return buffers_.back()->value;
}

std::int64_t& ModuleBase::add_counter(const Located<std::string>& name) {
  check_name("add_counter", name);
  counters_.push_back(std::make_unique<Entry<std::int64_t>>(Entry<std::int64_t>{name, 0}));
  return counters_.back()->value;
}

// ---- What is there

std::vector<ModuleBase*> ModuleBase::children() const {
  std::vector<ModuleBase*> result;
  for (const auto& child : children_) result.push_back(child.get());
  return result;
}

std::vector<std::pair<std::string, Parameter*>> ModuleBase::named_parameters() const {
  std::vector<std::pair<std::string, Parameter*>> result;
  walk("", [&](const ModuleBase& module, const std::string& prefix) {
    for (const auto& p : module.parameters_) {
      if (p->defined()) result.emplace_back(prefix + p->name, p.get());
    }
  });
  return result;
}

std::vector<Parameter*> ModuleBase::parameters() const {
  std::vector<Parameter*> result;
  for (const auto& [name, parameter] : named_parameters()) result.push_back(parameter);
  return result;
}

std::vector<std::pair<std::string, Tensor*>> ModuleBase::buffers() const {
  std::vector<std::pair<std::string, Tensor*>> result;
  walk("", [&](const ModuleBase& module, const std::string& prefix) {
    for (const auto& buffer : module.buffers_) result.emplace_back(prefix + buffer->name, &buffer->value);
  });
  return result;
}

std::vector<std::pair<std::string, std::int64_t*>> ModuleBase::counters() const {
  std::vector<std::pair<std::string, std::int64_t*>> result;
  walk("", [&](const ModuleBase& module, const std::string& prefix) {
    for (const auto& counter : module.counters_) result.emplace_back(prefix + counter->name, &counter->value);
  });
  return result;
}

void ModuleBase::apply(const std::function<void(ModuleBase&)>& f) {
  for (const auto& child : children_) child->apply(f);
  f(*this);
}

void ModuleBase::zero_grad() {
  for (Parameter* parameter : parameters()) parameter->grad = Tensor();
}

void ModuleBase::train(bool on) {
  training_ = on;
  for (const auto& child : children_) child->train(on);
}

bool ModuleBase::is_training() const {
  return training_ && !(Run::current() && Run::current()->is_in_eval(*this));
}

// ---- State

State ModuleBase::state() const {
  walk("", [&](const ModuleBase& module, const std::string& prefix) {
    const std::lock_guard lock(missing_mutex);
    if (!module.missing_) return;
    throw Error(fmt::format(
        "state: {} is no part of {}, whose forward uses it, and would be missing; register it with "
        "add(\"name\", ...) or add_parameter(), make it not trainable, or give it to an optimiser; then call "
        "the module again",
        *module.missing_,
        prefix.empty() ? "this module" : fmt::format("\"{}\"", prefix.substr(0, prefix.size() - 1))));
  });
  State result;
  for (const auto& [name, parameter] : named_parameters()) result.tensors.emplace(name, parameter->value);
  for (const auto& [name, buffer] : buffers()) result.tensors.emplace(name, *buffer);
  for (const auto& [name, counter] : counters()) result.integers.emplace(name, *counter);
  return result;
}

std::function<void()> ModuleBase::prepare_load(const State& given) {
  const State own = state();
  check_state(own, given, "the state");
  for (const auto& [name, count] : given.integers) check_read_count("the state", name, count);
  std::vector<std::pair<Tensor, Tensor>> tensors;  // to, which shares storage with the module, and from
  for (const auto& [name, value] : own.tensors) tensors.emplace_back(value, given.tensors.at(name));
  std::vector<std::pair<std::int64_t*, std::int64_t>> counts;
  for (const auto& [name, counter] : counters()) counts.emplace_back(counter, given.integers.at(name));
  return [tensors = std::move(tensors), counts = std::move(counts)]() mutable {
    for (auto& [to, from] : tensors) to.copy_from(from);
    for (const auto& [to, value] : counts) *to = value;
  };
}

}  // namespace reel::inline REEL_PRECISION
