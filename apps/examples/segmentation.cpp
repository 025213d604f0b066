// Segmentation: a small U-Net says of every pixel whether it is part of a disc. Images and masks are flipped and
// cropped alike.
//
//   segmentation        prints
// epoch 1: loss 0.6
// epoch 4: loss 0.1
// pixels right: 93%
#include <fmt/format.h>
#include <reel/reel.h>

using namespace reel;

double between(const RandomStream& random, std::uint64_t index, double low, double high) {
  return low + (high - low) * random.uniform(index);
}

// A grey disc among noise, and the mask [32,32] of its pixels: 0 or 1, as classes are.
struct Discs : Dataset {
  Index size() const override { return 256; }
  Sample sample(Index i) const override {
    const RandomStream random(7, static_cast<std::uint64_t>(i));
    const double row = between(random, 0, 8, 24), column = between(random, 1, 8, 24),
                 radius = between(random, 2, 3, 8);
    Tensor image = Tensor::zeros({1, 32, 32}), mask = Tensor::zeros({32, 32});
    for (Index y = 0; y < 32; y++) {
      for (Index x = 0; x < 32; x++) {
        const double dy = static_cast<double>(y) - row, dx = static_cast<double>(x) - column;
        const bool inside = dy * dy + dx * dx < radius * radius;
        const double noise = between(random, static_cast<std::uint64_t>(3 + 32 * y + x), 0, 0.6);
        image.set(0, y, x, static_cast<Scalar>(noise + (inside ? 0.4 : 0)));
        mask.set(y, x, inside ? 1 : 0);
      }
    }
    return {.inputs = {image}, .target = mask};
  }
};

struct TwoConvolutions : Module {
  TwoConvolutions(Index in, Index out)
      : conv1(add("conv1", Conv2d{in, out, 3, {.padding = 1}})),
        conv2(add("conv2", Conv2d{out, out, 3, {.padding = 1}})) {}
  Conv2d &conv1, &conv2;
  Var forward(Var x) override { return relu(conv2(relu(conv1(x)))); }
};

// Ronneberger, Fischer and Brox, arXiv:1505.04597.
struct UNet : Module {
  TwoConvolutions& down1 = add("down1", TwoConvolutions{1, 8});
  TwoConvolutions& down2 = add("down2", TwoConvolutions{8, 16});
  TwoConvolutions& bottom = add("bottom", TwoConvolutions{16, 16});
  TwoConvolutions& up2 = add("up2", TwoConvolutions{32, 8});
  TwoConvolutions& up1 = add("up1", TwoConvolutions{16, 8});
  Conv1x1& classes = add("classes", Conv1x1{8, 2});

  Var forward(Var x) override {                                      // [N,1,32,32]
    const Var wide = down1(x), middle = down2(max_pool2d(wide, 2));  // [N,8,32,32], [N,16,16,16]
    x = upsample2d(bottom(max_pool2d(middle, 2)), 2);                // [N,16,16,16]
    x = upsample2d(up2(concat({x, middle}, 1)), 2);                  // [N,8,32,32]; PyTorch: torch.cat
    return classes(up1(concat({x, wide}, 1)));                       // [N,2,32,32] logits
  }
};

int main() {
  seed(1);
  const Discs discs;
  const Transform flips =
      compose({random_horizontal_flip(), random_vertical_flip(), random_crop({.padding = 2})});
  Loader loader{discs,
                {.batch = 16, .shuffle = true, .transform = flips, .target_transform = flips, .workers = 2}};
  UNet net;
  Adam adam{net.parameters(), {.lr = 3e-3}};
  for (int epoch = 1; epoch <= 4; epoch++) {
    Mean loss_of_epoch, right;
    for (const Batch& batch : loader) {
      Tape tape;
      const Var logits = net(tape.input(batch.images));
      const Var loss = cross_entropy(logits, batch.targets);  // [N,2,32,32] and classes [N,32,32]
      adam.zero_grad();
      tape.backward(loss);
      adam.step();
      loss_of_epoch.add(loss.item());
      const std::vector<Index> found = logits.value().argmax(1);
      for (std::size_t i = 0; i < found.size(); i++)
        right.add(static_cast<Scalar>(found[i]) == batch.targets.values()[i] ? 1 : 0);
    }
    if (epoch == 1 || epoch == 4) fmt::print("epoch {}: loss {:.1f}\n", epoch, loss_of_epoch.value());
    if (epoch == 4) fmt::print("pixels right: {:.0f}%\n", 100 * right.value());
  }
}
