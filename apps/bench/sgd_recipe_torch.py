"""The recipe sgd of cifar10 in PyTorch: what Reel's time for a step and its losses are compared with.

    python3 apps/bench/sgd_recipe_torch.py data/cifar-10-batches-bin --epochs 3 --threads 2
    cifar10 --data data --recipe sgd --holdout 5 --metrics run.jsonl        beside it: "loss" and "images_per_second"

Trains on data_batch_1 to 4 and prints for each epoch the mean loss, the accuracy on the training images, and the
median time of a step (zero_grad, forward, loss, backward, update; not the batch's making). The schedule is that of a
whole run, of which --epochs are done. Best run with glibc's allocator tuned:
MALLOC_MMAP_THRESHOLD_=4000000000 MALLOC_TRIM_THRESHOLD_=8000000000 MALLOC_TOP_PAD_=500000000
"""
import argparse
import pathlib
import statistics
import time

import numpy
import torch
from torch import nn

BATCH, RUN_EPOCHS, CROP, WARMUP_SHARE, WARMUP_START = 512, 8, 2, 0.23, 0.2
LR, BIAS_LR_FACTOR, MOMENTUM, WEIGHT_DECAY, SMOOTHING = 0.75, 64, 0.85, 1.33e-3, 0.2
MEAN, DEVIATION = (0.4914, 0.4822, 0.4465), (0.2470, 0.2435, 0.2616)
WHITENING_IMAGES, WHITENING_FLOOR = 5000, 5e-4


def read_images(folder):
    """data_batch_1 to 4: images [N,3,32,32], standardised, and labels [N]."""
    records = numpy.concatenate([numpy.fromfile(folder / f"data_batch_{i}.bin", dtype=numpy.uint8).reshape(-1, 3073)
                                 for i in (1, 2, 3, 4)])
    images = torch.from_numpy(records[:, 1:].reshape(-1, 3, 32, 32).astype(numpy.float32)) / 255
    mean, deviation = (torch.tensor(values).reshape(1, 3, 1, 1) for values in (MEAN, DEVIATION))
    return (images - mean) / deviation, torch.from_numpy(records[:, 0].astype(numpy.int64))


def whitening_filters(images):
    """[24,3,2,2]: the principal components of 2x2 patches, scaled to variance 1, and their negatives."""
    patches = images[:WHITENING_IMAGES].unfold(2, 2, 1).unfold(3, 2, 1).permute(0, 2, 3, 1, 4, 5).reshape(-1, 12).double()
    variances, components = torch.linalg.eigh(patches.T @ patches / len(patches))
    filters = (components / (variances + WHITENING_FLOOR).sqrt()).T.flip(0).float().reshape(12, 3, 2, 2)
    return torch.cat([filters, -filters])


class Block(nn.Module):
    def __init__(self, inputs, outputs):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, padding=1, bias=False)
        self.norm1 = nn.BatchNorm2d(outputs, momentum=0.4)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, padding=1, bias=False)
        self.norm2 = nn.BatchNorm2d(outputs, momentum=0.4)
        for conv in (self.conv1, self.conv2):
            nn.init.dirac_(conv.weight.data[:conv.in_channels])
        for norm in (self.norm1, self.norm2):
            norm.weight.requires_grad = False

    def forward(self, x):
        x = nn.functional.gelu(self.norm1(nn.functional.max_pool2d(self.conv1(x), 2)))
        return nn.functional.gelu(self.norm2(self.conv2(x)))


class FastNet(nn.Module):
    def __init__(self, filters):
        super().__init__()
        self.whiten = nn.Conv2d(3, 24, 2)
        self.whiten.weight = nn.Parameter(filters, requires_grad=False)
        nn.init.zeros_(self.whiten.bias)
        self.blocks = nn.Sequential(Block(24, 64), Block(64, 256), Block(256, 256))
        self.classifier = nn.Linear(256, 10, bias=False)

    def forward(self, x):
        x = self.blocks(nn.functional.gelu(self.whiten(x)))
        return self.classifier(nn.functional.max_pool2d(x, 3).flatten(1)) / 9


def make_optimizer(net):
    trainable = [p for p in net.parameters() if p.requires_grad]
    return torch.optim.SGD([
        {"params": [p for p in trainable if p.dim() > 1], "lr": LR, "weight_decay": WEIGHT_DECAY},
        {"params": [p for p in trainable if p.dim() == 1], "lr": LR * BIAS_LR_FACTOR,
         "weight_decay": WEIGHT_DECAY / BIAS_LR_FACTOR}], lr=LR, momentum=MOMENTUM, nesterov=True)


def make_schedule(optimizer, steps):
    """A line up to the largest rate, then one down to 0."""
    warmup = round(WARMUP_SHARE * steps)
    return torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: (
        WARMUP_START + (1 - WARMUP_START) * step / warmup if step < warmup else max(0, 1 - (step - warmup) / (steps - warmup))))


def augmented(padded, order):
    """Random crops of the padded images, every other one mirrored."""
    n = len(order)
    rows = torch.randint(2 * CROP + 1, (n, 1)) + torch.arange(32)
    columns = torch.randint(2 * CROP + 1, (n, 1)) + torch.arange(32)
    mirrored = torch.rand(n) < 0.5
    columns[mirrored] = columns[mirrored].flip(1)
    return padded[order[:, None, None], :, rows[:, :, None], columns[:, None, :]].permute(0, 3, 1, 2).contiguous()


def main():
    parser = argparse.ArgumentParser(description="The recipe sgd of cifar10 in PyTorch.")
    parser.add_argument("folder", type=pathlib.Path, help="where data_batch_1.bin is")
    parser.add_argument("--epochs", type=int, default=3, help=f"how many of the {RUN_EPOCHS} epochs to do")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    flags = parser.parse_args()
    torch.set_num_threads(flags.threads)
    torch.manual_seed(flags.seed)
    images, labels = read_images(flags.folder)
    padded = nn.functional.pad(images, (CROP,) * 4, mode="reflect")
    net, loss_function = FastNet(whitening_filters(images)), nn.CrossEntropyLoss(label_smoothing=SMOOTHING)
    optimizer = make_optimizer(net)
    schedule = make_schedule(optimizer, RUN_EPOCHS * (-(-len(images) // BATCH)))
    for epoch in range(flags.epochs):
        loss_sum, correct, seconds = 0.0, 0, []
        for order in torch.randperm(len(images)).split(BATCH):
            x, target = augmented(padded, order), labels[order]
            start = time.perf_counter()
            optimizer.zero_grad()
            logits = net(x)
            loss = loss_function(logits, target)
            loss.backward()
            optimizer.step()
            loss_sum += loss.item() * len(order)
            seconds.append(time.perf_counter() - start)
            schedule.step()
            correct += (logits.argmax(1) == target).sum().item()
        step = statistics.median(seconds)
        print(f"epoch {epoch + 1}  loss {loss_sum / len(images):.4f}  accuracy {100 * correct / len(images):.2f}%  "
              f"{1000 * step:.0f} ms a step  {BATCH / step:.0f} images/s", flush=True)


if __name__ == "__main__":
    main()
