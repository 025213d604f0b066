// The processes that mpirun started.
#pragma once

#include <memory>
#include <span>
#include <string>

#include <reel/optim/parallel/communicator.h>

namespace reel::inline REEL_PRECISION {

/// They talk by MPI, of which this is the only part of Reel that knows: in the CMake target Reel::mpi, which is there
/// where REEL_MPI is on. Make one, at the beginning of main(), and let it live until the end. Where nobody has started the
/// program as one of several, it is alone, and MPI is left out.
class Mpi : public Communicator {
 public:
  /// An Error where MPI was begun before or does not work.
  Mpi();
  /// Says goodbye, waits for the others to do so, and ends MPI; who waits for a message of one that has said goodbye gets
  /// an Error. Where this process has given up, an exception passes by or a message is on its way, it leaves without a
  /// word: then another may wait for this one, and mpirun ends all of them.
  ~Mpi() override;

  /// Whether mpirun, or srun, or the like of another MPI started the program.
  static bool launched();

  int rank() const override { return rank_; }
  int size() const override { return size_; }
  const std::string& host(int process) const override;
  Request send(int to, int tag, std::span<const std::byte> bytes) override;
  Request receive(int from, int tag, std::span<std::byte> bytes) override;
  bool done(Request request) override;

 private:
  struct Messages;

  bool part();

  int rank_ = 0, size_ = 1;
  std::vector<std::string> hosts_;
  std::unique_ptr<Messages> messages_;  // none where it is alone
};

}  // namespace reel::inline REEL_PRECISION
