#include <reel/layers/module.h>

#include <algorithm>
#include <mutex>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include <reel/core/error.h>
#include <reel/core/ops/ops.h>
#include <reel/core/option_check.h>

namespace reel::inline REEL_PRECISION {

namespace {

thread_local Module* running_module = nullptr;  // whose forward runs on this thread, the innermost
std::mutex stranger_mutex;                      // several threads may call one module

class RunningModule {
 public:
  explicit RunningModule(Module* module) : outer_(std::exchange(running_module, module)) {}
  ~RunningModule() { running_module = outer_; }
  RunningModule(const RunningModule&) = delete;
  RunningModule& operator=(const RunningModule&) = delete;

 private:
  Module* outer_;
};

}  // namespace

template <class F>
void Module::walk(const std::string& prefix, F&& visit) const {
  visit(*this, prefix);
  for (const auto& child : children_) child->walk(prefix + child->name_ + ".", visit);
}

Var Module::operator()(Var x, Location where) {
  if (running_module && name_.empty()) running_module->note_stranger(*this, where);
  const RunningModule running(this);
  const Scope scope(name_, where, lines_);
  return forward(std::move(x));
}

void Module::note_stranger(const Module& module, Location where) {
  const std::vector<Parameter*> parameters = module.parameters();
  if (std::ranges::none_of(parameters, &Parameter::trainable)) return;
  const std::lock_guard lock(stranger_mutex);
  stranger_ = Scope::resolve(where);
}

// ---- Registration

void Module::check_name(std::string_view function, const std::string& name, Location where) const {
  const auto fail = [&](std::string_view why) {
    throw Error(fmt::format("{}: {}", call_label(function, name, Scope::resolve(where)), why));
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

void Module::adopt(const std::string& name, std::unique_ptr<Module> part, Location where) {
  check_name("add", name, where);
  part->name_ = name;
  children_.push_back(std::move(part));
}

Var Module::add(Var a, Var b, Location where) { return reel::add(std::move(a), std::move(b), where); }
Var Module::add(Var a, Scalar b, Location where) { return reel::add(std::move(a), b, where); }

Parameter& Module::add_parameter(const std::string& name, Tensor value, Location where) {
  check_name("add_parameter", name, where);
  parameters_.push_back(std::make_unique<Parameter>(Parameter{name, std::move(value)}));
  return *parameters_.back();
}

Tensor& Module::add_buffer(const std::string& name, Tensor value, Location where) {
  check_name("add_buffer", name, where);
  buffers_.push_back(std::make_unique<Named<Tensor>>(Named<Tensor>{name, std::move(value)}));
  return buffers_.back()->value;
}

std::int64_t& Module::add_counter(const std::string& name, Location where) {
  check_name("add_counter", name, where);
  counters_.push_back(std::make_unique<Named<std::int64_t>>(Named<std::int64_t>{name, 0}));
  return counters_.back()->value;
}

// ---- What is there

std::vector<Module*> Module::children() const {
  std::vector<Module*> result;
  for (const auto& child : children_) result.push_back(child.get());
  return result;
}

std::vector<std::pair<std::string, Parameter*>> Module::named_parameters() const {
  std::vector<std::pair<std::string, Parameter*>> result;
  walk("", [&](const Module& module, const std::string& prefix) {
    for (const auto& p : module.parameters_) result.emplace_back(prefix + p->name, p.get());
  });
  return result;
}

std::vector<Parameter*> Module::parameters() const {
  std::vector<Parameter*> result;
  for (const auto& [name, parameter] : named_parameters()) result.push_back(parameter);
  return result;
}

std::vector<std::pair<std::string, Tensor*>> Module::buffers() const {
  std::vector<std::pair<std::string, Tensor*>> result;
  walk("", [&](const Module& module, const std::string& prefix) {
    for (const auto& buffer : module.buffers_) result.emplace_back(prefix + buffer->name, &buffer->value);
  });
  return result;
}

void Module::zero_grad() {
  for (Parameter* parameter : parameters()) parameter->grad = Tensor();
}

void Module::train(bool on) {
  training_ = on;
  for (const auto& child : children_) child->train(on);
}

// ---- State

State Module::state() const {
  walk("", [&](const Module& module, const std::string& prefix) {
    const std::lock_guard lock(stranger_mutex);
    if (!module.stranger_) return;
    throw Error(fmt::format(
        "state: the module called at {} is no part of {}, whose forward calls it, so its parameters would be "
        "missing; register it with add(\"name\", ...), or make its parameters not trainable",
        module.stranger_->text(),
        prefix.empty() ? "this one" : fmt::format("\"{}\"", prefix.substr(0, prefix.size() - 1))));
  });
  State result;
  walk("", [&](const Module& module, const std::string& prefix) {
    for (const auto& p : module.parameters_) result.tensors.emplace(prefix + p->name, p->value);
    for (const auto& b : module.buffers_) result.tensors.emplace(prefix + b->name, b->value);
    for (const auto& c : module.counters_) result.integers.emplace(prefix + c->name, c->value);
  });
  return result;
}

std::function<void()> Module::prepare_load(const State& given) {
  const State own = state();
  check_state(own, given, "the state");
  for (const auto& [name, count] : given.integers) check_read_count("the state", name, count);
  std::vector<std::pair<Tensor, Tensor>> tensors;  // to, which shares storage with the module, and from
  for (const auto& [name, value] : own.tensors) tensors.emplace_back(value, given.tensors.at(name));
  std::vector<std::pair<std::int64_t*, std::int64_t>> counters;
  walk("", [&](const Module& module, const std::string& prefix) {
    for (const auto& c : module.counters_) {
      counters.emplace_back(&c->value, given.integers.at(prefix + c->name));
    }
  });
  return [tensors = std::move(tensors), counters = std::move(counters)]() mutable {
    for (auto& [to, from] : tensors) to.copy_from(from);
    for (const auto& [to, value] : counters) *to = value;
  };
}

}  // namespace reel::inline REEL_PRECISION
