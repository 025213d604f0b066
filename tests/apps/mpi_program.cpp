// A program of a user's own on several processes. It goes on from the checkpoints in the folder `run`, and leaves one
// there where it is asked to end. What goes wrong at the process P must let no other wait for ever:
//
//   mpi_program fail P      an error in the second epoch, which the program catches as programs do
//   mpi_program early P     one before it trains
//   mpi_program leave P     it leaves its loops, while others wait for its sums
//   mpi_program flood P     likewise, while others send it more than goes without a receiver
//   mpi_program ask P       it is asked to end in the midst of a step, in which the others do not come
#include <chrono>
#include <csignal>
#include <cstddef>
#include <cstdlib>
#include <exception>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <fmt/format.h>
#include <reel/optim/parallel/mpi.h>
#include <reel/reel.h>

namespace {

constexpr int kEpochs = 2;

struct Fault {
  std::string kind;
  int process = -1;

  bool strikes(const std::string& which, const reel::Mpi& mpi) const {
    return kind == which && process == mpi.rank();
  }
};

class Training {
 public:
  Training(reel::Mpi& mpi, const Fault& fault) : mpi_(mpi), fault_(fault), parallel_(net_, train_, {}, mpi) {
    if (mpi_.rank() == 0) folder_.emplace("run").load_latest(parts_);
    parallel_.broadcast(parts_);
  }

  void run() {
    while (train_.epoch() < kEpochs && run_epoch()) {
    }
    if (!reel::InterruptGuard::requested()) return;
    if (folder_) folder_->save(adam_.steps(), parts_);
    if (mpi_.rank() > 0)
      std::this_thread::sleep_for(std::chrono::seconds(5));  // for the first to leave first
  }

 private:
  // Whether it goes on.
  bool run_epoch() {
    for (const reel::Batch& batch : train_) {
      if (train_.epoch() == 1 && train_.position() == 3 && !strike()) return false;
      if (!step(batch) || reel::InterruptGuard::requested()) return false;
    }
    return true;
  }

  // Likewise.
  bool step(const reel::Batch& batch) try {
    adam_.zero_grad();
    const auto result = parallel_.backward(batch, [&](reel::Tape& tape, const reel::Batch& shard) {
      return cross_entropy(net_(tape.input(shard.images)), shard.labels);
    });
    adam_.step();
    if (mpi_.rank() == 0) fmt::print("step {}: loss {}\n", adam_.steps(), result.loss);
    return true;
  } catch (const reel::Interrupted&) {
    train_.go_back(1);  // the step is not done, its batch was given out
    return false;
  }

  // Likewise.
  bool strike() const {
    if (fault_.strikes("fail", mpi_)) throw reel::Error("this process has a fault");
    if (fault_.strikes("ask", mpi_)) std::raise(SIGTERM);
    while (fault_.kind == "ask" && !reel::InterruptGuard::requested()) std::this_thread::yield();
    if (fault_.strikes("leave", mpi_) || fault_.strikes("flood", mpi_)) return false;
    static const std::vector<std::byte> much(1 << 20);
    if (fault_.kind == "flood") mpi_.wait(mpi_.send(fault_.process, 9, much));
    return true;
  }

  reel::Mpi& mpi_;
  const Fault& fault_;
  const reel::GeneratedDigits digits_{400, 1};
  reel::Loader train_{digits_, {.batch = 64, .shuffle = true}};
  reel::Sequential net_{reel::Flatten{}, reel::Linear{784, 40}, reel::Dropout{0.2}, reel::Linear{40, 10}};
  reel::Adam adam_{net_.parameters()};
  reel::DataParallel parallel_;
  std::optional<reel::CheckpointFolder> folder_;
  const std::vector<reel::CheckpointPart> parts_{{"net", &net_}, {"adam", &adam_}, {"train", &train_}};
};

}  // namespace

int main(int argc, char** argv) {
  reel::Mpi mpi;
  const reel::InterruptGuard interrupt;
  try {
    const Fault fault = argc > 2 ? Fault{argv[1], std::atoi(argv[2])} : Fault{};
    if (fault.strikes("early", mpi)) throw reel::Error("this process has a fault");
    reel::seed(1);
    Training(mpi, fault).run();
    return interrupt.exit_status();
  } catch (const std::exception& error) {
    fmt::print(stderr, "{}: {}\n", mpi.name(mpi.rank()), error.what());
    return 1;
  }
}
