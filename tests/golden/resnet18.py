"""A ResNet-18 with the names and the structure of torchvision's, narrow, so that its weights are small."""
import torch
from torch import nn

from golden_file import FOLDER, write_safetensors


class BasicBlock(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.downsample = None
        if stride != 1 or inputs != outputs:
            self.downsample = nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs))

    def forward(self, x):
        y = self.bn2(self.conv2(torch.relu(self.bn1(self.conv1(x)))))
        return torch.relu(y + (x if self.downsample is None else self.downsample(x)))


class ResNet18(nn.Module):
    def __init__(self, width, classes):
        super().__init__()
        self.conv1 = nn.Conv2d(3, width, 7, 2, 3, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.maxpool = nn.MaxPool2d(3, 2, 1)
        widths = [width, width, 2 * width, 4 * width, 8 * width]
        for i in range(4):
            stride = 1 if i == 0 else 2
            layer = nn.Sequential(BasicBlock(widths[i], widths[i + 1], stride), BasicBlock(widths[i + 1], widths[i + 1], 1))
            setattr(self, f"layer{i + 1}", layer)
        self.fc = nn.Linear(8 * width, classes)

    def forward(self, x):
        x = self.maxpool(torch.relu(self.bn1(self.conv1(x))))
        x = self.layer4(self.layer3(self.layer2(self.layer1(x))))
        return self.fc(x.mean((2, 3)))


def resnet18(width=4, classes=10, folder=FOLDER, side=64):
    """Its state_dict after three batches, images, and the logits that it makes of them in float64."""
    torch.manual_seed(2)
    net = ResNet18(width, classes)
    for _ in range(3):
        net(torch.randn(4, 3, side, side))
    state = {name: value.clone() for name, value in net.state_dict().items()}
    write_safetensors(folder / "resnet18.safetensors", state, {"made": "a narrow ResNet-18 of PyTorch"})
    images = torch.randint(0, 256, (2, 3, side, side)).double() / 256
    logits = net.double().eval()(images)
    write_safetensors(folder / "resnet18_logits.safetensors", {"images": images.half(), "logits": logits}, {})
