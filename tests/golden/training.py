"""Reference values of training: optimisers, schedules, gradient clipping and LeNet."""
import torch
import torch.nn.functional as F
from torch.optim import lr_scheduler

from golden_file import FOLDER, uniform, write_safetensors

# ---- Optimisers and schedules.

STEPS = 20


def add_trajectory(goldens, op, torch_class, torch_options, shapes=((5,), (3, 2)), **parameters):
    values = [uniform(*shape).requires_grad_() for shape in shapes]
    tensors = {f"p{i}": value.clone() for i, value in enumerate(values)}
    gradients = [uniform(STEPS, *value.shape) for value in values]
    optimizer = torch_class(values, **torch_options)
    trajectory = [[] for _ in values]
    for step in range(STEPS):
        for value, gradient in zip(values, gradients):
            value.grad = gradient[step].clone()
        optimizer.step()
        for i, value in enumerate(values):
            trajectory[i].append(value.detach().clone())
    for i in range(len(values)):
        tensors[f"g{i}"], tensors[f"v{i}"] = gradients[i], torch.stack(trajectory[i])
    goldens.add(op, tensors, **parameters)


def optimizers(goldens):
    for options in ({}, {"momentum": 0.9}, {"momentum": 0.9, "dampening": 0.3}, {"momentum": 0.9, "nesterov": True},
                    {"weight_decay": 0.1}, {"momentum": 0.8, "nesterov": True, "weight_decay": 0.05}):
        add_trajectory(goldens, "SGD", torch.optim.SGD, {"lr": 0.1, **options}, lr=0.1, **options)
    for op, torch_class in (("Adam", torch.optim.Adam), ("AdamW", torch.optim.AdamW)):
        for options in ({}, {"weight_decay": 0.1}, {"amsgrad": True}, {"amsgrad": True, "weight_decay": 0.02, "eps": 1e-3}):
            add_trajectory(goldens, op, torch_class, {"lr": 0.01, **options}, lr=0.01, **options)
        add_trajectory(goldens, op, torch_class, {"lr": 0.05, "betas": (0.8, 0.95)}, lr=0.05, beta1=0.8, beta2=0.95)
        add_trajectory(goldens, op, torch_class, {})
    for options in ({}, {"momentum": 0.9}, {"centered": True}, {"centered": True, "momentum": 0.5, "weight_decay": 0.1},
                    {"alpha": 0.9, "eps": 1e-4, "weight_decay": 0.1}):
        add_trajectory(goldens, "RMSProp", torch.optim.RMSprop, {"lr": 0.02, **options}, lr=0.02, **options)
    add_trajectory(goldens, "RMSProp", torch.optim.RMSprop, {})


class ExactMuon:
    """torch.optim.Muon in float64: its own steps, but that its cast to bfloat16 copies alone. It takes matrices only, so
    that the others are a torch.optim.AdamW's, and a convolution's weight is one [C_out,C_in*Kh*Kw]."""

    def __init__(self, values, adamw=None, use_muon=True, **options):
        matrices = [value for value in values if value.dim() > 1 and use_muon]
        others = [value for value in values if value.dim() <= 1 or not use_muon]
        self.pairs = [(value, value.detach().flatten(1).requires_grad_()) for value in matrices]  # which share memory
        self.optimizers = [torch.optim.AdamW(others, **(adamw or {}))] if others else []
        if matrices:
            self.optimizers.append(torch.optim.Muon([matrix for _, matrix in self.pairs], **options))

    def step(self):
        for value, matrix in self.pairs:
            matrix.grad = value.grad.flatten(1)
        bfloat16, torch.Tensor.bfloat16 = torch.Tensor.bfloat16, torch.Tensor.clone
        for optimizer in self.optimizers:
            optimizer.step()
        torch.Tensor.bfloat16 = bfloat16


def muon(goldens):
    shapes = ((3,), (5, 3), (3, 5), (3, 3), (3, 2, 2, 2), (3, 4, 1, 1), (7, 2, 2), (1, 4), (4, 1))
    adamw = {"lr": 0.01, "betas": (0.8, 0.95), "weight_decay": 0.1}
    for options in ({}, {"lr": 0.1}, {"lr": 0.1, "nesterov": False, "momentum": 0.6}, {"lr": 0.1, "momentum": 0.0},
                    {"lr": 0.05, "adjust_lr_fn": "match_rms_adamw", "weight_decay": 0.0},
                    {"lr": 0.05, "adjust_lr_fn": "spectral_unclamped", "ns_steps": 2, "eps": 1.5}):
        add_trajectory(goldens, "Muon", ExactMuon, options, shapes, **options)
    add_trajectory(goldens, "Muon", ExactMuon, {"lr": 0.02, "adamw": adamw}, shapes, lr=0.02, adamw_lr=0.01, beta1=0.8,
                   beta2=0.95, adamw_weight_decay=0.1)
    add_trajectory(goldens, "Muon", ExactMuon, {"use_muon": False, "adamw": adamw}, use_muon=False, adamw_lr=0.01, beta1=0.8,
                   beta2=0.95, adamw_weight_decay=0.1)


def add_schedule(goldens, op, make, optimizer="SGD", warmup=None, steps=24, **parameters):
    """The rate and momentum before each of the optimiser's steps."""
    value = torch.zeros(1, requires_grad=True)
    if optimizer == "SGD":
        torch_optimizer = torch.optim.SGD([value], lr=0.4, momentum=0.9)
    else:
        torch_optimizer = torch.optim.Adam([value], lr=0.4)
    if warmup:
        # The schedule first: it has to see the optimiser's own rate.
        count, factor = warmup
        main = make(torch_optimizer)
        linear = lr_scheduler.LinearLR(torch_optimizer, factor, 1.0, count)
        schedule = lr_scheduler.SequentialLR(torch_optimizer, [linear, main], [count])
        parameters.update(warmup_steps=count, warmup_start_factor=factor)
    else:
        schedule = make(torch_optimizer)
    rates, momenta = [], []
    for _ in range(steps):
        group = torch_optimizer.param_groups[0]
        rates.append(group["lr"])
        momenta.append(group["momentum"] if optimizer == "SGD" else group["betas"][0])
        torch_optimizer.step()
        schedule.step()
    goldens.add(op, {"lr": torch.tensor(rates, dtype=torch.float64), "momentum": torch.tensor(momenta, dtype=torch.float64)},
                optimizer=optimizer, **parameters)


def add_plateau(goldens, **options):
    """The rate after each number: one that falls, stays, rises, is NaN."""
    torch_optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.4)
    schedule = lr_scheduler.ReduceLROnPlateau(torch_optimizer, **options)
    numbers = torch.cat([torch.linspace(1, 0.5, 6), torch.full((14,), 0.48), 0.5 + 0.1 * torch.sin(2.1 * torch.arange(12)),
                         torch.tensor([float("nan"), 0.3, -0.2, -0.19, 0.7, 2.0])]).double()
    rates = []
    for number in numbers.tolist():
        schedule.step(number)
        rates.append(torch_optimizer.param_groups[0]["lr"])
    goldens.add("ReduceLROnPlateau", {"numbers": numbers, "lr": torch.tensor(rates, dtype=torch.float64)}, **options)


def schedules(goldens):
    for step_size, gamma in ((5, 0.1), (1, 0.9), (7, 0.5)):
        for warmup in (None, (4, 0.25)):
            add_schedule(goldens, "StepLR", lambda o: lr_scheduler.StepLR(o, step_size, gamma), warmup=warmup,
                         step_size=step_size, gamma=gamma)
    for t_max, eta_min in ((24, 0.0), (10, 0.05)):  # the second goes up again
        for warmup in (None, (5, 1.0 / 3)):
            add_schedule(goldens, "CosineLR", lambda o: lr_scheduler.CosineAnnealingLR(o, t_max, eta_min), warmup=warmup,
                         t_max=t_max, eta_min=eta_min)
    for milestones, gamma in (([3, 9, 9, 15], 0.5), ([1, 6], 0.1)):
        for warmup in (None, (4, 0.25)):
            add_schedule(goldens, "MultiStepLR", lambda o: lr_scheduler.MultiStepLR(o, milestones, gamma), warmup=warmup,
                         milestones=milestones, gamma=gamma)
    for gamma in (0.9, 1.01):
        for warmup in (None, (5, 0.5)):
            add_schedule(goldens, "ExponentialLR", lambda o: lr_scheduler.ExponentialLR(o, gamma), warmup=warmup, gamma=gamma)
    for rate in (0.5, 0.9, 1.0, 0.0):
        add_schedule(goldens, "LambdaLR", lambda o: lr_scheduler.LambdaLR(o, lambda t: 1 / (1 + rate * t)), rate=rate)
    for options in ({}, {"patience": 1, "factor": 0.5}, {"patience": 0, "cooldown": 3, "factor": 0.7},
                    {"patience": 1, "mode": "max", "factor": 0.2, "min_lr": 0.01},
                    {"patience": 0, "threshold": 0.05, "threshold_mode": "abs", "factor": 0.9, "eps": 0.02},
                    {"patience": 0, "threshold": 0.1, "mode": "max", "factor": 0.5}):
        add_plateau(goldens, **options)
    for optimizer in ("SGD", "Adam"):
        for options in ({}, {"pct_start": 0.25, "div_factor": 10.0, "final_div_factor": 100.0}, {"cycle_momentum": False},
                        {"base_momentum": 0.5, "max_momentum": 0.99, "pct_start": 0.45}):
            add_schedule(goldens, "OneCycleLR", lambda o: lr_scheduler.OneCycleLR(o, 0.7, total_steps=24, **options),
                         optimizer=optimizer, max_lr=0.7, total_steps=24, **options)


def clipping(goldens):
    for scale in (0.01, 1.0, 30.0):
        for max_norm in (0.5, 2.0):
            values = [torch.zeros(shape, dtype=torch.float64, requires_grad=True) for shape in ((4,), (2, 3), (37,))]
            tensors = {}
            for i, value in enumerate(values):
                value.grad = uniform(*value.shape, low=-scale, high=scale)
                tensors[f"g{i}"] = value.grad.clone()
            tensors["norm"] = torch.nn.utils.clip_grad_norm_(values, max_norm)
            for i, value in enumerate(values):
                tensors[f"clipped{i}"] = value.grad
            goldens.add("clip_grad_norm", tensors, max_norm=max_norm)


# ---- LeNet.

class LeNet(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = torch.nn.Conv2d(1, 6, 5, padding=2)
        self.conv2 = torch.nn.Conv2d(6, 16, 5)
        self.fc1 = torch.nn.Linear(400, 120)
        self.fc2 = torch.nn.Linear(120, 84)
        self.fc3 = torch.nn.Linear(84, 10)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2)
        x = x.flatten(1)
        return self.fc3(F.relu(self.fc2(F.relu(self.fc1(x)))))


def lenet():
    """PyTorch's own initial weights, a batch, the logits, and the losses of ten steps of SGD."""
    torch.manual_seed(1)
    net = LeNet()
    weights = {name: value.clone() for name, value in net.state_dict().items()}
    write_safetensors(FOLDER / "lenet.safetensors", weights, {"made": "PyTorch's initial weights of LeNet"})
    net.double()
    images = torch.randint(0, 256, (8, 1, 28, 28)).double() / 256
    labels = torch.randint(0, 10, (8,))
    optimizer = torch.optim.SGD(net.parameters(), lr=0.05, momentum=0.9)
    losses = []
    for step in range(10):
        logits = net(images)
        if step == 0:
            first_logits = logits.detach().clone()
        loss = F.cross_entropy(logits, labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    tensors = {"images": images.half(), "labels": labels.double(), "logits": first_logits,
               "losses": torch.tensor(losses, dtype=torch.float64)}
    write_safetensors(FOLDER / "lenet_training.safetensors", tensors, {"lr": "0.05", "momentum": "0.9"})
