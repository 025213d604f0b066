#include <reel/optim/parallel/communicator.h>

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <set>
#include <thread>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <reel/core/run/interrupt.h>

namespace reel::inline REEL_PRECISION {
namespace {

constexpr int kTag = 0;  // of what is said between all; sums have others
constexpr std::size_t kLongestMessage = std::size_t{1} << 30;

class Alone : public Communicator {
 public:
  int rank() const override { return 0; }
  int size() const override { return 1; }
  const std::string& host(int) const override { return host_; }
  Request send(int, int, std::span<const std::byte>) override { fail(); }
  Request receive(int, int, std::span<std::byte>) override { fail(); }
  bool done(Request) override { fail(); }

 private:
  [[noreturn]] static void fail() { throw Error("one process alone has nobody to send to"); }
  std::string host_ = host_name();
};

// The pieces of a text that are messages.
template <class Byte>
std::vector<std::span<Byte>> pieces_of(std::span<Byte> bytes) {
  std::vector<std::span<Byte>> pieces;
  for (; !bytes.empty(); bytes = bytes.subspan(pieces.back().size()))
    pieces.push_back(bytes.first(std::min(kLongestMessage, bytes.size())));
  return pieces;
}

// Several texts as one, each with its length in front.
std::string packed(const std::vector<std::string>& texts) {
  std::string result;
  for (const std::string& text : texts) {
    const std::uint64_t length = text.size();
    result.append(reinterpret_cast<const char*>(&length), sizeof length);
    result.append(text);
  }
  return result;
}

std::vector<std::string> unpacked(std::string_view bytes) {
  std::vector<std::string> texts;
  while (!bytes.empty()) {
    std::uint64_t length = 0;
    const bool has_length = bytes.size() >= sizeof length;
    if (has_length) std::memcpy(&length, bytes.data(), sizeof length);
    if (!has_length || length > bytes.size() - sizeof length)
      throw Error("the processes do not talk of the same: what one has sent is not what another expects");
    texts.emplace_back(bytes.substr(sizeof length, length));
    bytes.remove_prefix(sizeof length + length);
  }
  return texts;
}

std::string packed(const Communicator::Facts& facts) {
  std::vector<std::string> texts;
  for (const auto& [name, value] : facts) texts.insert(texts.end(), {name, value});
  return packed(texts);
}

Communicator::Facts unpacked_facts(const std::string& bytes) {
  const std::vector<std::string> texts = unpacked(bytes);
  Communicator::Facts facts;
  for (std::size_t i = 0; i + 1 < texts.size(); i += 2) facts[texts[i]] = texts[i + 1];
  return facts;
}

std::string value_of(const Communicator::Facts& facts, const std::string& name) {
  const auto found = facts.find(name);
  return found == facts.end() || found->second.empty() ? "not given" : found->second;
}

}  // namespace

std::string host_name() {
  char name[256] = "";
  ::gethostname(name, sizeof name - 1);
  return name;
}

Communicator& alone() {
  static Alone one;
  return one;
}

std::string Communicator::name(int process) const {
  return fmt::format("process {} on {}", process, host(process));
}

void Communicator::wait(Request request) {
  wait_until([=, this] { return done(request); });
}

// Awake at first; then asleep most of the time, for others may compute on this core.
void Communicator::wait_until(const std::function<bool()>& holds) try {
  constexpr int kAwake = 200;
  constexpr std::chrono::microseconds kNap{50};
  for (int asked = 0; !holds(); asked++) {
    if (InterruptGuard::requested())
      throw Interrupted(fmt::format("{} was asked to end while it waited for another", name(rank())));
    if (asked < kAwake) {
      std::this_thread::yield();
    } else {
      std::this_thread::sleep_for(kNap);
    }
  }
} catch (...) {
  give_up();
  throw;
}

void Communicator::leave_memory() {
  (void)new std::pair(std::move(texts_), std::move(kept_));  // which nobody deletes
}

// The length first, then the bytes.
void Communicator::send(int to, Text& text) {
  text.length = text.bytes.size();
  wait(send(to, kTag, std::as_bytes(std::span(&text.length, 1))));
  for (const auto piece : pieces_of(std::as_bytes(std::span(text.bytes)))) wait(send(to, kTag, piece));
}

void Communicator::receive(int from, Text& text) {
  wait(receive(from, kTag, std::as_writable_bytes(std::span(&text.length, 1))));
  text.bytes.resize(text.length);
  for (const auto piece : pieces_of(std::as_writable_bytes(std::span(text.bytes))))
    wait(receive(from, kTag, piece));
}

// What `talk` makes of the bytes.
std::string Communicator::with_text(std::string bytes, const std::function<void(Text&)>& talk) {
  if (has_given_up_)
    throw Error(fmt::format("{} has given up, and others wait for it; end the program", name(rank())));
  const auto text = texts_.insert(texts_.end(), Text{std::move(bytes)});
  talk(*text);
  bytes = std::move(text->bytes);
  texts_.erase(text);
  return bytes;
}

// Along a binomial tree: who has the bytes passes them on to twice as many in each round.
std::string Communicator::broadcast(std::string bytes) {
  if (size() == 1) return bytes;
  return with_text(std::move(bytes), [this](Text& text) {
    int reach = 1;  // processes that have them
    while (reach <= rank()) reach *= 2;
    if (rank() > 0) receive(rank() - reach / 2, text);
    for (; rank() + reach < size(); reach *= 2) send(rank() + reach, text);
  });
}

std::vector<std::string> Communicator::all_gather(const std::string& bytes) {
  std::vector<std::string> all{bytes};
  if (size() == 1) return all;
  if (rank() > 0) with_text(bytes, [this](Text& text) { send(0, text); });
  for (int process = 1; rank() == 0 && process < size(); process++) {
    all.push_back(with_text("", [=, this](Text& text) { receive(process, text); }));
  }
  return unpacked(broadcast(packed(all)));
}

// "6 on process 1 on host-b and 2 others" for each value of a fact, in order of the first process that has it; "" where
// all have the same.
std::string Communicator::difference(const std::string& fact, const std::vector<Facts>& all) const {
  std::vector<std::pair<std::string, std::vector<int>>> values;
  for (int process = 0; process < size(); process++) {
    const std::string value = value_of(all[static_cast<std::size_t>(process)], fact);
    auto same = std::ranges::find(values, value, &std::pair<std::string, std::vector<int>>::first);
    if (same == values.end()) same = values.insert(same, {value, {}});
    same->second.push_back(process);
  }
  if (values.size() == 1) return "";
  std::vector<std::string> parts;
  for (const auto& [value, owners] : values) {
    const std::size_t others = owners.size() - 1;
    parts.push_back(fmt::format("{} on {}", value, name(owners.front())));
    if (others > 0) parts.back() += fmt::format(" and {} other{}", others, others == 1 ? "" : "s");
  }
  return fmt::format("{} is {}", fact, fmt::join(parts, ", "));
}

void Communicator::require_equal(const Facts& facts) {
  std::vector<Facts> all;
  for (const std::string& bytes : all_gather(packed(facts))) all.push_back(unpacked_facts(bytes));
  std::set<std::string> names;
  for (const Facts& of_one : all) {
    for (const auto& [name, value] : of_one) names.insert(name);
  }
  std::vector<std::string> differences;
  for (const std::string& fact : names) {
    if (std::string found = difference(fact, all); !found.empty()) differences.push_back(std::move(found));
  }
  if (differences.empty()) return;
  throw DisagreementError(fmt::format("the processes are not alike: {}", fmt::join(differences, "; ")));
}

}  // namespace reel::inline REEL_PRECISION
