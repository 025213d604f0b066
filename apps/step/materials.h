// What the functions of a lesson's program make things of, and what they leave behind.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include <reel/core/parameter.h>
#include <reel/core/tape.h>
#include <reel/layers/module.h>

namespace reel::apps {

/// Which digit of a kind a lesson reads; the weights of layers start by the program's seed.
struct DigitChoice {
  std::uint64_t seed = 1;
  std::string data;  ///< folder of MNIST; empty: digits that Reel draws
};

/// The layers of a program, by the names of its lines.
struct Layers : ModuleBase {
  using ModuleBase::add;
};

struct Materials {
  DigitChoice choice;
  Tape tape = Tape();
  std::deque<Parameter> parameters = {};  // which stay where they are
  Layers layers = {};
  std::vector<Tensor> digits = {};  ///< [1,1,28,28], that were read, and
  std::vector<int> labels = {};     ///< what they show
};

}  // namespace reel::apps
