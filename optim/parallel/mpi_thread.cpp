#include <chrono>

#include <fmt/format.h>

#include <reel/core/error.h>
#include <reel/core/run/interrupt.h>
#include <reel/optim/parallel/detail/mpi_thread.h>

namespace reel::inline REEL_PRECISION::detail {
namespace {

constexpr int kGoodbyeTag = 32767;  // the last that every MPI has
constexpr std::chrono::microseconds kNap{100};

std::string text_of(int code, const char* what) {
  char text[MPI_MAX_ERROR_STRING] = "";
  int length = 0;
  MPI_Error_string(code, text, &length);
  return fmt::format("{}: {}", what, text);
}

void check(int code, const char* what) {
  if (code != MPI_SUCCESS) throw Error(text_of(code, what));
}

}  // namespace

MpiThread::MpiThread() : thread_([this] { run(); }) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return started_ || ended_; });
  if (!failure_) return;
  lock.unlock();
  thread_.join();
  std::rethrow_exception(failure_);
}

MpiThread::Request MpiThread::begin(bool is_sent, int peer, int tag, void* bytes, int length) {
  if (unused_.empty()) {
    messages_.emplace_back();
    unused_.push_back(messages_.size() - 1);
  }
  const Request place = unused_.back();
  unused_.pop_back();
  Message& message = messages_[place];
  message.is_sent = is_sent;
  message.peer = peer;
  message.tag = tag;
  message.bytes = bytes;
  message.length = length;
  message.begun = false;
  message.progress = Progress::kUnderWay;
  {
    const std::lock_guard lock(mutex_);
    asked_.push_back(&message);
  }
  changed_.notify_all();
  return place;
}

MpiThread::Progress MpiThread::progress(Request request) {
  awaited_ = true;
  const bool ended = ended_;  // asked first: what was done before the end is seen then
  const Progress progress = messages_[request].progress;
  if (progress == Progress::kUnderWay && ended) {
    messages_[request].failure = "MPI has ended";
    return Progress::kFailed;
  }
  if (progress == Progress::kDone) unused_.push_back(request);
  return progress;
}

void MpiThread::part() {
  constexpr std::chrono::milliseconds kBetweenLooks{1};
  if (unused_.size() < messages_.size()) return;
  std::unique_lock lock(mutex_);
  wish_ = Wish::kPart;
  changed_.notify_all();
  while (!changed_.wait_for(lock, kBetweenLooks, [this] { return ended_.load(); }) &&
         !InterruptGuard::requested()) {
  }
}

bool MpiThread::stop() {
  std::unique_lock lock(mutex_);
  wish_ = Wish::kStop;
  changed_.notify_all();
  const bool has_ended = changed_.wait_for(lock, std::chrono::seconds(1), [this] { return ended_.load(); });
  lock.unlock();
  has_ended ? thread_.join() : thread_.detach();
  return has_ended;
}

void MpiThread::run() {
  try {
    start();
    {
      const std::lock_guard lock(mutex_);
      started_ = true;
    }
    changed_.notify_all();
    while (wait_for_work()) move_all();
    if (say_goodbye()) MPI_Finalize();
  } catch (...) {
    const std::lock_guard lock(mutex_);
    failure_ = std::current_exception();
  }
  const std::lock_guard lock(mutex_);
  ended_ = true;
  changed_.notify_all();
}

void MpiThread::start() {
  int begun = 0, given = 0;
  check(MPI_Initialized(&begun), "MPI_Initialized");
  if (begun) throw Error("Mpi: MPI was begun before; make one Mpi, at the beginning of main()");
  check(MPI_Init_thread(nullptr, nullptr, MPI_THREAD_FUNNELED, &given), "MPI_Init_thread");
  check(MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN), "MPI_Comm_set_errhandler");
  check(MPI_Comm_rank(MPI_COMM_WORLD, &rank_), "MPI_Comm_rank");
  check(MPI_Comm_size(MPI_COMM_WORLD, &size_), "MPI_Comm_size");
  peers_.resize(static_cast<std::size_t>(size_));
  await_goodbye();
}

// Whether it is to go on. Awake while the program asks for progress and shortly after; then asleep most of the time, for
// the program may compute on this core; and without end when the last message has had time to leave MPI, too.
bool MpiThread::wait_for_work() {
  constexpr int kAwake = 20, kAfterLast = 200;
  idle_ = awaited_.exchange(false) ? 0 : idle_ + 1;
  if (idle_ > 0) std::this_thread::yield();
  std::unique_lock lock(mutex_);
  const auto is_asked = [this] { return !asked_.empty() || wish_ != Wish::kGoOn; };
  if (moving_.empty() && idle_ > kAfterLast) {
    changed_.wait(lock, is_asked);
  } else if (idle_ > kAwake) {
    changed_.wait_for(lock, kNap, is_asked);
  }
  moving_.insert(moving_.end(), asked_.begin(), asked_.end());
  asked_.clear();
  return wish_ == Wish::kGoOn;
}

void MpiThread::move_all() {
  take_goodbyes();
  std::erase_if(moving_, [this](Message* message) {
    const Progress progress = move(*message);
    if (progress != Progress::kUnderWay) message->progress = progress;  // from now on, it is the program's
    return progress != Progress::kUnderWay;
  });
}

MpiThread::Progress MpiThread::move(Message& message) {
  if (!message.begun) return post(message);
  int there = 0;
  const int code = MPI_Test(&message.request, &there, MPI_STATUS_IGNORE);
  if (code != MPI_SUCCESS) {
    message.failure = text_of(code, "MPI_Test");
    return Progress::kFailed;
  }
  if (there != 0) return Progress::kDone;
  return is_in_vain(message) ? Progress::kParted : Progress::kUnderWay;
}

MpiThread::Progress MpiThread::post(Message& message) {
  Goodbye& own = peers_[static_cast<std::size_t>(message.peer)].own;
  (message.is_sent ? own.sent : own.received)++;
  message.begun = true;
  const auto call = [&](auto function) {
    return function(message.bytes, message.length, MPI_BYTE, message.peer, message.tag, MPI_COMM_WORLD,
                    &message.request);
  };
  const int code = message.is_sent ? call(MPI_Isend) : call(MPI_Irecv);
  if (code == MPI_SUCCESS) return Progress::kUnderWay;
  message.failure = text_of(code, message.is_sent ? "MPI_Isend" : "MPI_Irecv");
  return Progress::kFailed;
}

// Whether the other has ended, and more is sent to it, or awaited from it, than it knows of.
bool MpiThread::is_in_vain(const Message& message) const {
  const auto& [own, last] = peers_[static_cast<std::size_t>(message.peer)];
  if (!last) return false;
  return message.is_sent ? own.sent > last->received : own.received > last->sent;
}

// Where this fails, so do messages, which tell it.
void MpiThread::await_goodbye() {
  if (parted_ + 1 >= size_) return;
  MPI_Irecv(&incoming_, sizeof incoming_, MPI_BYTE, MPI_ANY_SOURCE, kGoodbyeTag, MPI_COMM_WORLD,
            &incoming_request_);
}

void MpiThread::take_goodbyes() {
  while (parted_ + 1 < size_ && incoming_request_ != MPI_REQUEST_NULL) {
    int there = 0;
    MPI_Status status;
    if (MPI_Test(&incoming_request_, &there, &status) != MPI_SUCCESS || there == 0) return;
    peers_[static_cast<std::size_t>(status.MPI_SOURCE)].last = incoming_;
    parted_++;
    await_goodbye();
  }
}

// Whether this process has said goodbye to all, and all to it.
bool MpiThread::say_goodbye() {
  const auto is_to_stop = [this] {
    const std::lock_guard lock(mutex_);
    return wish_ == Wish::kStop;
  };
  std::vector<MPI_Request> words;
  for (int peer = 0; peer < size_ && !is_to_stop(); peer++) {
    if (peer == rank_) continue;
    const Goodbye& own = peers_[static_cast<std::size_t>(peer)].own;
    MPI_Isend(&own, sizeof own, MPI_BYTE, peer, kGoodbyeTag, MPI_COMM_WORLD, &words.emplace_back());
  }
  for (int all_sent = 0; !is_to_stop(); std::this_thread::sleep_for(kNap)) {
    MPI_Testall(static_cast<int>(words.size()), words.data(), &all_sent, MPI_STATUSES_IGNORE);
    take_goodbyes();
    if (all_sent != 0 && parted_ + 1 == size_) return true;
  }
  return false;
}

}  // namespace reel::inline REEL_PRECISION::detail
