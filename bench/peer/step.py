"""One I-JEPA training step in plain PyTorch, for comparison: a module per layer, attention as matrix products, autocast for bfloat16, an
optimizer that walks the parameters, an EMA tensor by tensor; as the published recipe computes it (arXiv 2301.08243).

Speaks with its parent by lines: says "ready VERSION", then for each line "step" makes a step and says its milliseconds, for "peak" says
the most memory that the process had resident, in MiB, and for "flops" makes a step and says the operations of its matrix products for an
image, as PyTorch counts them. Ends with its input.

With --case FOLDER it replays a recorded trajectory of the published code instead (such as trainer/src/test/resources/golden/plain), says each
step's loss beside the recorded one and the weights' largest difference at the end, and exits with 1 if either is another.
"""

import argparse
import copy
import json
import pathlib
import resource
import struct
import sys
import time

import torch
from torch import nn
from torch.nn import functional as F
from torch.utils.flop_counter import FlopCounterMode


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
    def __init__(self, width, heads, hidden, eps):
        super().__init__()
        self.norm1 = nn.LayerNorm(width, eps=eps)
        self.attention = Attention(width, heads)
        self.norm2 = nn.LayerNorm(width, eps=eps)
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
        self.blocks = nn.ModuleList(Block(a.width, a.heads, a.hidden, a.norm_eps) for _ in range(a.depth))
        self.norm = nn.LayerNorm(a.width, eps=a.norm_eps)

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
            Block(a.predictor_width, a.predictor_heads, a.predictor_hidden, a.norm_eps)
            for _ in range(a.predictor_depth)
        )
        self.norm = nn.LayerNorm(a.predictor_width, eps=a.norm_eps)
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


class Training:
    """Both encoders, the predictor and AdamW."""

    def __init__(self, a):
        self.bf16 = a.bf16
        self.encoder, self.predictor = Encoder(a), Predictor(a)
        self.target_encoder = copy.deepcopy(self.encoder).requires_grad_(False)
        trained = list(self.encoder.parameters()) + list(self.predictor.parameters())
        decayed = [w for w in trained if w.dim() > 1]
        plain = [w for w in trained if w.dim() <= 1]
        self.optimizer = torch.optim.AdamW(
            [{"params": decayed, "weight_decay": 0.05}, {"params": plain, "weight_decay": 0}], lr=1e-3
        )

    def step(self, groups, momentum=0.996):
        """Groups of images, context indices and target indices, whose losses are averaged -> the loss."""
        total = 0
        for images, index, targets in groups:
            with torch.autocast("cpu", dtype=torch.bfloat16, enabled=self.bf16):
                with torch.no_grad():
                    h = self.target_encoder(images)
                    h = F.layer_norm(h, (h.size(-1),))
                    h = torch.cat([pick(h, t) for t in targets])
                z = self.predictor(self.encoder(images, index), index, targets)
                loss = F.smooth_l1_loss(z, h) / len(groups)
            loss.backward()
            total += loss.item()
        self.optimizer.step()
        self.optimizer.zero_grad()
        with torch.no_grad():
            for w, t in zip(self.encoder.parameters(), self.target_encoder.parameters()):
                t.mul_(momentum).add_(w, alpha=1 - momentum)
        return total


def tensors(file):
    """The tensors of a safetensors file by name."""
    data = bytearray(pathlib.Path(file).read_bytes())
    (length,) = struct.unpack_from("<Q", data)
    header = json.loads(data[8 : 8 + length])
    header.pop("__metadata__", None)
    types = {"F32": torch.float32, "I64": torch.int64, "I32": torch.int32}
    found = {}
    for name, e in header.items():
        begin, end = e["data_offsets"]
        part = data[8 + length + begin : 8 + length + end]
        found[name] = torch.frombuffer(part, dtype=types[e["dtype"]]).reshape(e["shape"])
    return found


NAMES = [
    ("predictor_pos_embed", "positions"), ("pos_embed", "positions"), ("patch_embed.proj", "embed"), ("predictor_embed", "embed"),
    ("predictor_blocks", "blocks"), ("predictor_norm", "norm"), ("predictor_proj", "out"), ("mask_token", "mask"),
    (".attn.", ".attention."), (".mlp.", "."),
]  # fmt: skip


def network(recorded, prefix):
    """The recorded tensors of a network under the names that they have here."""
    found = {}
    for name, tensor in recorded.items():
        if name.startswith(prefix):
            here = name[len(prefix) :]
            for theirs, ours in NAMES:
                here = here.replace(theirs, ours)
            found[here] = tensor
    return found


def replay(folder):
    """Whether the recorded losses and final weights come out: up to 1e-5 of a loss, and of the largest weight."""
    folder = pathlib.Path(folder)
    case = json.loads((folder / "trajectory.json").read_text())
    initial, after = tensors(folder / "initial.safetensors"), tensors(folder / "after.safetensors")
    g = case["geometry"]
    a = argparse.Namespace(
        image=g["image_size"], patch=g["patch_size"], width=g["width"], depth=g["depth"], heads=g["heads"],
        hidden=initial["encoder.blocks.0.mlp.fc1.weight"].size(0), predictor_width=g["predictor_width"],
        predictor_depth=g["predictor_depth"], predictor_heads=g.get("predictor_heads", g["heads"]),
        predictor_hidden=initial["predictor.predictor_blocks.0.mlp.fc1.weight"].size(0), norm_eps=g["norm_eps"], bf16=False,
    )  # fmt: skip
    training = Training(a)
    parts = {"encoder.": training.encoder, "predictor.": training.predictor, "target_encoder.": training.target_encoder}
    for prefix, part in parts.items():
        part.load_state_dict(network(initial, prefix))
    adam = case["recipe"]["adam"]
    good = True
    for at in case["steps"]:
        decayed, plain = training.optimizer.param_groups
        for group in (decayed, plain):
            group.update(lr=at["lr"], betas=(adam["beta1"], adam["beta2"]), eps=adam["eps"])
        decayed["weight_decay"] = at["weight_decay"]
        groups = []
        for i in range(case["groups"]):
            of = f"batch.{at['batch']}.{i}."
            groups.append(
                (initial[of + "images"], initial[of + "context_mask"].long(), list(initial[of + "target_masks"].long()))
            )
        loss = training.step(groups, at["ema"])
        good &= abs(loss - at["loss"]) <= 1e-5 * at["loss"]
        print(f"step {at['step']}: loss {loss:.7f}, recorded {at['loss']:.7f}")
    distance = largest = 0
    for prefix, part in parts.items():
        for name, expected in network(after, prefix).items():
            distance = max(distance, (part.state_dict()[name] - expected).abs().max().item())
            largest = max(largest, expected.abs().max().item())
    good &= distance <= 1e-5 * largest
    print(f"weights differ by {distance:.1e} at most, the largest is {largest:.2g}: {'the same' if good else 'NOT the same'}")
    return good


def main():
    p = argparse.ArgumentParser()
    for name, value in {
        "image": 224, "patch": 16, "width": 384, "depth": 12, "heads": 6, "hidden": 1536, "predictor-width": 192,
        "predictor-depth": 6, "predictor-heads": 6, "predictor-hidden": 768, "batch": 16, "context": 100, "targets": 4,
        "target": 36, "threads": 2,
    }.items():
        p.add_argument("--" + name, type=int, default=value)
    p.set_defaults(norm_eps=1e-6)
    p.add_argument("--bf16", action="store_true")
    p.add_argument("--case")
    a = p.parse_args()
    torch.set_num_threads(a.threads)
    if a.case:
        sys.exit(0 if replay(a.case) else 1)
    torch.manual_seed(0)
    n = (a.image // a.patch) ** 2
    training = Training(a)
    raw = torch.randint(0, 256, (a.batch, 3, a.image, a.image), dtype=torch.uint8)
    mean = torch.tensor([0.485, 0.456, 0.406]).view(3, 1, 1) * 255
    deviation = torch.tensor([0.229, 0.224, 0.225]).view(3, 1, 1) * 255
    index = torch.stack([torch.randperm(n)[: a.context] for _ in range(a.batch)])
    targets = [torch.stack([torch.randperm(n)[: a.target] for _ in range(a.batch)]) for _ in range(a.targets)]

    print("ready", torch.__version__, flush=True)
    for line in sys.stdin:
        if line.strip() == "peak":
            print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024, flush=True)
            continue
        if line.strip() == "flops":
            # Of matrix products, forward and backward, as PyTorch counts them; for one image.
            with FlopCounterMode(display=False) as counter:
                training.step([((raw.float() - mean) / deviation, index, targets)])
            print(counter.get_total_flops() / a.batch, flush=True)
            continue
        begin = time.perf_counter()
        training.step([((raw.float() - mean) / deviation, index, targets)])
        print((time.perf_counter() - begin) * 1000, flush=True)


if __name__ == "__main__":
    main()
