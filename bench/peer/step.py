"""One I-JEPA training step in plain PyTorch, for comparison: a module per layer, attention as matrix products, autocast for bfloat16, an
optimizer that walks the parameters, an EMA tensor by tensor; as the published recipe computes it (arXiv 2301.08243).

Speaks with its parent by lines: says "ready VERSION", then for each line "step" makes a step and says its milliseconds, and for "peak" says
the most memory that the process had resident, in MiB. Ends with its input.
"""

import argparse
import copy
import resource
import sys
import time

import torch
from torch import nn
from torch.nn import functional as F


class Attention(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.scale = (width // heads) ** -0.5
        self.qkv = nn.Linear(width, 3 * width)
        self.proj = nn.Linear(width, width)

    def forward(self, x):
        b, n, d = x.shape
        q, k, v = self.qkv(x).reshape(b, n, 3, self.heads, d // self.heads).permute(2, 0, 3, 1, 4)
        share = ((q @ k.transpose(-2, -1)) * self.scale).softmax(dim=-1)
        return self.proj((share @ v).transpose(1, 2).reshape(b, n, d))


class Block(nn.Module):
    def __init__(self, width, heads, hidden):
        super().__init__()
        self.norm1 = nn.LayerNorm(width, eps=1e-6)
        self.attention = Attention(width, heads)
        self.norm2 = nn.LayerNorm(width, eps=1e-6)
        self.fc1 = nn.Linear(width, hidden)
        self.fc2 = nn.Linear(hidden, width)

    def forward(self, x):
        x = x + self.attention(self.norm1(x))
        return x + self.fc2(F.gelu(self.fc1(self.norm2(x))))


def pick(x, index):
    return torch.gather(x, 1, index.unsqueeze(-1).expand(-1, -1, x.size(-1)))


class Encoder(nn.Module):
    def __init__(self, a):
        super().__init__()
        n = (a.image // a.patch) ** 2
        self.embed = nn.Conv2d(3, a.width, a.patch, a.patch)
        self.register_buffer("positions", torch.randn(1, n, a.width))
        self.blocks = nn.ModuleList(Block(a.width, a.heads, a.hidden) for _ in range(a.depth))
        self.norm = nn.LayerNorm(a.width, eps=1e-6)

    def forward(self, images, index=None):
        x = self.embed(images).flatten(2).transpose(1, 2) + self.positions
        if index is not None:
            x = pick(x, index)
        for block in self.blocks:
            x = block(x)
        return self.norm(x)


class Predictor(nn.Module):
    def __init__(self, a):
        super().__init__()
        n = (a.image // a.patch) ** 2
        self.embed = nn.Linear(a.width, a.predictor_width)
        self.mask = nn.Parameter(torch.zeros(1, 1, a.predictor_width))
        self.register_buffer("positions", torch.randn(1, n, a.predictor_width))
        self.blocks = nn.ModuleList(
            Block(a.predictor_width, a.predictor_heads, a.predictor_hidden) for _ in range(a.predictor_depth)
        )
        self.norm = nn.LayerNorm(a.predictor_width, eps=1e-6)
        self.out = nn.Linear(a.predictor_width, a.width)

    def forward(self, tokens, index, targets):
        b, k, _ = tokens.shape
        positions = self.positions.expand(b, -1, -1)
        x = (self.embed(tokens) + pick(positions, index)).repeat(len(targets), 1, 1)
        asked = torch.cat([pick(positions, t) for t in targets]) + self.mask
        x = torch.cat([x, asked], dim=1)
        for block in self.blocks:
            x = block(x)
        return self.out(self.norm(x)[:, k:])


def main():
    p = argparse.ArgumentParser()
    for name, value in {
        "image": 224, "patch": 16, "width": 384, "depth": 12, "heads": 6, "hidden": 1536, "predictor-width": 192,
        "predictor-depth": 6, "predictor-heads": 6, "predictor-hidden": 768, "batch": 16, "context": 100, "targets": 4,
        "target": 36, "threads": 2,
    }.items():
        p.add_argument("--" + name, type=int, default=value)
    p.add_argument("--bf16", action="store_true")
    a = p.parse_args()
    torch.set_num_threads(a.threads)
    torch.manual_seed(0)
    n = (a.image // a.patch) ** 2
    encoder, predictor = Encoder(a), Predictor(a)
    target_encoder = copy.deepcopy(encoder).requires_grad_(False)
    named = list(encoder.named_parameters()) + list(predictor.named_parameters())
    decayed = [w for _, w in named if w.dim() > 1]
    plain = [w for _, w in named if w.dim() <= 1]
    optimizer = torch.optim.AdamW([{"params": decayed, "weight_decay": 0.05}, {"params": plain, "weight_decay": 0}], lr=1e-3)
    raw = torch.randint(0, 256, (a.batch, 3, a.image, a.image), dtype=torch.uint8)
    mean = torch.tensor([0.485, 0.456, 0.406]).view(3, 1, 1) * 255
    deviation = torch.tensor([0.229, 0.224, 0.225]).view(3, 1, 1) * 255
    index = torch.stack([torch.randperm(n)[: a.context] for _ in range(a.batch)])
    targets = [torch.stack([torch.randperm(n)[: a.target] for _ in range(a.batch)]) for _ in range(a.targets)]

    def step():
        images = (raw.float() - mean) / deviation
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=a.bf16):
            with torch.no_grad():
                h = target_encoder(images)
                h = F.layer_norm(h, (h.size(-1),))
                h = torch.cat([pick(h, t) for t in targets])
            z = predictor(encoder(images, index), index, targets)
            loss = F.smooth_l1_loss(z, h)
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        with torch.no_grad():
            for w, t in zip(encoder.parameters(), target_encoder.parameters()):
                t.mul_(0.996).add_(w, alpha=0.004)
        return loss.item()

    print("ready", torch.__version__, flush=True)
    for line in sys.stdin:
        if line.strip() == "peak":
            print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024, flush=True)
            continue
        begin = time.perf_counter()
        step()
        print((time.perf_counter() - begin) * 1000, flush=True)


if __name__ == "__main__":
    main()
