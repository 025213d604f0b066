// Regression from a CSV: columns are read, standardised, and split; a small network predicts the last one.
//
//   regression_csv        writes houses.csv, which it then reads; prints
// 400 rows of area, rooms, age -> price
// line 3, column "area": "large" is no number
// root mean squared error of held-out rows: 6, of their mean: 64
#include <cmath>
#include <fstream>
#include <sstream>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <reel/reel.h>

#include "csv.h"

using namespace reel;

double between(const RandomStream& random, std::uint64_t index, double low, double high) {
  return low + (high - low) * random.uniform(index);
}

void write_houses(const char* path) {
  std::ofstream out(path);
  out << "area,rooms,age,price\n";
  const RandomStream random(1, 0);
  for (std::uint64_t i = 0; i < 400; i++) {
    const double area = between(random, 4 * i, 40, 160),
                 rooms = std::floor(area / 30 + between(random, 4 * i + 1, 0, 2));
    const double age = between(random, 4 * i + 2, 0, 80),
                 price = 1.5 * area + 8 * rooms - 0.01 * age * age + between(random, 4 * i + 3, -10, 10);
    out << fmt::format("{:.1f},{},{:.0f},{:.1f}\n", area, rooms, age, price);
  }
}

int main() {
  seed(1);
  write_houses("houses.csv");
  std::ifstream file("houses.csv");
  const examples::Table table = examples::read_csv(file);
  fmt::print("{} rows of {} -> {}\n", table.numbers.size(0),
             fmt::join(table.names.begin(), table.names.end() - 1, ", "), table.names.back());
  std::istringstream bad("area,price\n70,200\nlarge,300\n");
  try {
    examples::read_csv(bad);
  } catch (const std::exception& error) {
    fmt::print("{}\n", error.what());
  }

  Tape data{{.record = false}};
  const Var all = data.input(table.numbers), centred = all - mean(all, 0);
  const Var deviation = sqrt(mean(centred * centred, 0)), standard = centred / deviation;
  const TensorDataset rows{slice(standard, 1, {0, 3}).value(), slice(standard, 1, {3}).value()};
  const auto [train, held_out] = random_split(rows, {0.8, 0.2});
  Sequential net{Linear{3, 32}, ReLU{}, Linear{32, 1}};
  Adam adam{net.parameters(), {.lr = 1e-2}};
  Loader loader{train, {.batch = 32, .shuffle = true}}, test{held_out, {.batch = held_out.size()}};
  while (loader.epoch() < 40) {
    for (const Batch& batch : loader) {
      Tape tape;
      const Var loss = huber_loss(net(tape.input(batch.images)), batch.targets);
      adam.zero_grad();
      tape.backward(loss);
      adam.step();
    }
  }
  Tape tape{{.record = false}};
  const Batch batch = *test.begin();
  const Scalar unit = deviation.value().at(3);
  fmt::print("root mean squared error of held-out rows: {:.0f}, of their mean: {:.0f}\n",
             unit * std::sqrt(mse_loss(net(tape.input(batch.images)), batch.targets).item()), unit);
}
