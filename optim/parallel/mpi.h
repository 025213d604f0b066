// The processes that mpirun started.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include <reel/optim/parallel/communicator.h>

namespace reel::inline REEL_PRECISION {
namespace detail {
class MpiThread;
}

/// They talk by MPI, of which this is the only part of Reel that knows: in the CMake target Reel::mpi, which is there
/// where REEL_MPI is on. Make one, at the beginning of main(), and let it live until the end: a thread of its own makes
/// all calls of MPI. Where nobody has started the program as one of several, it is alone, and MPI is left out.
class Mpi : public Communicator {
 public:
  /// An Error where MPI was begun before, does not work, or is another than the one that started the processes.
  Mpi();
  /// Says goodbye, waits for the others to do so, and ends MPI; who sends to or waits for one that has said goodbye
  /// gets an Error. Where this process has given up, an exception passes by or a message is under way, it leaves
  /// without a word: then another may wait for this one, and mpirun ends all of them.
  ~Mpi() override;

  /// Whether mpirun, or srun, or the like of another MPI started the program.
  static bool launched();

  int rank() const override;
  int size() const override;
  const std::string& host(int process) const override;
  Request send(int to, int tag, std::span<const std::byte> bytes) override;
  Request receive(int from, int tag, std::span<std::byte> bytes) override;
  bool done(Request request) override;

 private:
  void greet();
  void end();

  std::unique_ptr<detail::MpiThread> thread_;  // none where nobody started it
  std::vector<std::string> hosts_;
};

}  // namespace reel::inline REEL_PRECISION
