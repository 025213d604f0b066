// Stop and resume: a training that stops half-way and goes on from its checkpoint has the bits of one that did not.
//
//   resume        writes the folders whole/ and halves/; prints
// stopped after step 20
// resumed after step 20
// the same weights, bit for bit: true
#include <algorithm>
#include <filesystem>

#include <fmt/format.h>
#include <reel/reel.h>

using namespace reel;

// Trains until `steps`, from the latest checkpoint of the folder where it has one.
Tensor train(const std::string& name, Index steps) {
  seed(1);
  const GeneratedDigits digits{1280, 1};
  Sequential net{Flatten{}, Linear{784, 32}, ReLU{}, Dropout{0.2}, Linear{32, 10}};
  AdamW adam{net.parameters(), {.lr = 1e-3}};
  CosineLR cosine{adam, {.t_max = 40}};
  Loader loader{digits, {.batch = 64, .shuffle = true, .transform = random_crop({.padding = 1})}};
  // The program's generator, of which dropout draws, is in every checkpoint.
  const std::vector<CheckpointPart> parts{
      {"net", &net}, {"adam", &adam}, {"cosine", &cosine}, {"loader", &loader}};
  CheckpointFolder folder{name};
  if (!folder.load_latest(parts).empty()) fmt::print("resumed after step {}\n", adam.steps());

  while (adam.steps() < steps) {
    for (const auto& [images, labels] : loader) {
      Tape tape;
      const Var loss = cross_entropy(net(tape.input(images)), labels);
      adam.zero_grad();
      tape.backward(loss);
      adam.step();
      cosine.step();
      if (adam.steps() == steps) folder.save(steps, parts);  // within the loop: the loader knows its batch
      if (adam.steps() == steps) break;
    }
  }
  return dynamic_cast<Linear&>(*net.children()[1]).weight.value.clone();
}

int main() {
  for (const char* folder : {"whole", "halves"}) std::filesystem::remove_all(folder);
  const Tensor whole = train("whole", 40);
  train("halves", 20);  // PyTorch: torch.save({"net": net.state_dict(), "adam": ..., ...}, path)
  fmt::print("stopped after step 20\n");
  const Tensor halves = train("halves", 40);
  fmt::print("the same weights, bit for bit: {}\n", std::ranges::equal(whole.values(), halves.values()));
}
