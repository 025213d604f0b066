// A generative adversarial network on points of a ring: two networks, two optimisers, each with its own loss.
//
//   gan        prints
// before: mean radius 0.2
// after: mean radius 1.0, of the data 1.0
#include <cmath>
#include <numbers>

#include <fmt/format.h>
#include <reel/reel.h>

using namespace reel;

constexpr Index kBatch = 128, kNoise = 4;

// Points [N,2] at a distance of about 1.
Tensor points_on_ring() {
  const Tensor angles = Tensor::rand({kBatch}, 0, 2 * std::numbers::pi_v<Scalar>),
               noise = Tensor::randn({kBatch});
  Tensor points = Tensor::zeros({kBatch, 2});
  for (Index n = 0; n < kBatch; n++) {
    const Scalar radius = 1 + Scalar(0.05) * noise.at(n);
    points.set(n, 0, radius * std::cos(angles.at(n)));
    points.set(n, 1, radius * std::sin(angles.at(n)));
  }
  return points;
}

double mean_radius(const Tensor& points) {
  Tape tape{{.record = false}};
  const Var x = tape.input(points);
  return mean(sqrt(sum(x * x, 1))).item();
}

int main() {
  seed(1);
  Sequential generator{Linear{kNoise, 64}, ReLU{}, Linear{64, 64}, ReLU{}, Linear{64, 2}};
  Sequential critic{Linear{2, 64}, LeakyReLU{Scalar(0.2)}, Linear{64, 64}, LeakyReLU{Scalar(0.2)},
                    Linear{64, 1}};
  Adam of_generator{generator.parameters(), {.lr = 1e-3, .beta1 = 0.5}};
  Adam of_critic{critic.parameters(), {.lr = 1e-3, .beta1 = 0.5}};
  const Tensor real = Tensor::ones({kBatch, 1}), fake = Tensor::zeros({kBatch, 1});
  const auto made = [&] {
    Tape tape{{.record = false}};
    return generator(tape.input(Tensor::randn({kBatch, kNoise}))).value();
  };

  fmt::print("before: mean radius {:.1f}\n", mean_radius(made()));
  for (int step = 0; step < 1500; step++) {
    {
      Tape tape;  // the critic tells points from what is made; PyTorch: fake.detach()
      const Var loss = bce_with_logits(critic(tape.input(points_on_ring())), real) +
                       bce_with_logits(critic(tape.input(made())), fake);
      of_critic.zero_grad();
      tape.backward(loss);
      of_critic.step();
    }
    Tape tape;  // the generator is to be taken for real; its backward runs through the critic
    const Var loss = bce_with_logits(critic(generator(tape.input(Tensor::randn({kBatch, kNoise})))), real);
    of_generator.zero_grad();
    tape.backward(loss);
    of_generator.step();
  }
  fmt::print("after: mean radius {:.1f}, of the data {:.1f}\n", mean_radius(made()),
             mean_radius(points_on_ring()));
}
