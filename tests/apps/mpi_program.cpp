// A program of a user's own on several processes. `mpi_program N` fails at process N in the second epoch, `mpi_program N
// early` before it trains; the others must not wait for ever, though the program catches the exception as programs do.
#include <cstdlib>
#include <exception>

#include <fmt/format.h>
#include <reel/optim/parallel/mpi.h>
#include <reel/reel.h>

namespace {

void train(reel::Mpi& mpi, int failing, bool early) {
  if (early && mpi.rank() == failing) throw reel::Error("this process has a fault");
  reel::seed(1);
  const reel::GeneratedDigits digits{400, 1};
  reel::Loader train{digits, {.batch = 64, .shuffle = true}};
  reel::Sequential net{reel::Flatten{}, reel::Linear{784, 10}};
  reel::Adam adam{net.parameters()};
  reel::DataParallel parallel{net, train, {.shards = 8}, mpi};
  for (int epoch = 1; epoch <= 2; epoch++) {
    reel::Mean mean;
    for (const reel::Batch& batch : train) {
      if (epoch == 2 && mpi.rank() == failing) throw reel::Error("this process has a fault");
      adam.zero_grad();
      const auto result = parallel.backward(batch, [&](reel::Tape& tape, const reel::Batch& shard) {
        return cross_entropy(net(tape.input(shard.images)), shard.labels);
      });
      adam.step();
      mean.add(result.loss, result.samples);
    }
    if (mpi.rank() == 0) fmt::print("epoch {}: loss {:.6f}\n", epoch, mean.value());
  }
}

}  // namespace

int main(int argc, char** argv) {
  reel::Mpi mpi;
  try {
    train(mpi, argc > 1 ? std::atoi(argv[1]) : -1, argc > 2);
    return 0;
  } catch (const std::exception& error) {
    fmt::print(stderr, "{}: {}\n", mpi.name(mpi.rank()), error.what());
    return 1;
  }
}
