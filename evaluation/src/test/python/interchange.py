"""Checks import, export and embed against PyTorch and transformers, which the Java tests do without.

    pip install torch transformers numpy
    python interchange.py fixture FOLDER                 writes the small files that the Java tests read
    python interchange.py torch FILE.pth.tar [OTHER]     loads an exported file into modules of its own and steps its optimizer;
                                                         with OTHER: both hold the same tensors to the bit
    python interchange.py features MODEL IMAGES N.npy [HEADS]
                                                         features of `ijepa embed --patches` against IJepaModel (an export of format hf)
                                                         or against the modules below (a .pth.tar), for images of the model's size
    python interchange.py photos MODEL IMAGES N.npy      the same for images of any size, through the processor of the export: it has to
                                                         show the model what ours does, but for a fraction of a pixel
"""

import sys
from collections import OrderedDict
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn.functional import gelu, scaled_dot_product_attention


def table(width, side):
    frequency = 1.0 / 10000 ** (np.arange(width // 4, dtype=np.float64) / (width // 4))
    rows, columns = np.divmod(np.arange(side * side), side)
    parts = [f(np.outer(x, frequency)) for x in (columns, rows) for f in (np.sin, np.cos)]
    return torch.tensor(np.concatenate(parts, 1), dtype=torch.float32)[None]


class Attention(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(width, 3 * width)
        self.proj = nn.Linear(width, width)

    def forward(self, x):
        b, n, d = x.shape
        q, k, v = self.qkv(x).view(b, n, 3, self.heads, d // self.heads).permute(2, 0, 3, 1, 4)
        return self.proj(scaled_dot_product_attention(q, k, v).transpose(1, 2).reshape(b, n, d))


class Mlp(nn.Module):
    def __init__(self, width, hidden):
        super().__init__()
        self.fc1 = nn.Linear(width, hidden)
        self.fc2 = nn.Linear(hidden, width)

    def forward(self, x):
        return self.fc2(gelu(self.fc1(x)))


class Block(nn.Module):
    def __init__(self, width, heads, hidden):
        super().__init__()
        self.norm1 = nn.LayerNorm(width, eps=1e-6)
        self.attn = Attention(width, heads)
        self.norm2 = nn.LayerNorm(width, eps=1e-6)
        self.mlp = Mlp(width, hidden)

    def forward(self, x):
        x = x + self.attn(self.norm1(x))
        return x + self.mlp(self.norm2(x))


class Encoder(nn.Module):
    def __init__(self, side, patch, width, depth, heads, hidden):
        super().__init__()
        self.pos_embed = nn.Parameter(table(width, side), requires_grad=False)
        self.patch_embed = nn.Module()
        self.patch_embed.proj = nn.Conv2d(3, width, patch, patch)
        self.blocks = nn.ModuleList(Block(width, heads, hidden) for _ in range(depth))
        self.norm = nn.LayerNorm(width, eps=1e-6)

    def forward(self, images):
        x = self.patch_embed.proj(images).flatten(2).transpose(1, 2) + self.pos_embed
        for block in self.blocks:
            x = block(x)
        return self.norm(x)


class Predictor(nn.Module):
    def __init__(self, side, encoder_width, width, depth, heads, hidden):
        super().__init__()
        self.mask_token = nn.Parameter(torch.randn(1, 1, width) * 0.02)
        self.predictor_pos_embed = nn.Parameter(table(width, side), requires_grad=False)
        self.predictor_embed = nn.Linear(encoder_width, width)
        self.predictor_blocks = nn.ModuleList(Block(width, heads, hidden) for _ in range(depth))
        self.predictor_norm = nn.LayerNorm(width, eps=1e-6)
        self.predictor_proj = nn.Linear(width, encoder_width)

    def forward(self, tokens):
        """Not I-JEPA's prediction: only something through which every weight gets a gradient."""
        x = self.predictor_embed(tokens) + self.predictor_pos_embed + self.mask_token
        for block in self.predictor_blocks:
            x = block(x)
        return self.predictor_proj(self.predictor_norm(x))


def optimizer(encoder, predictor):
    def chosen(module, decayed):
        return [p for n, p in module.named_parameters() if (p.dim() != 1 and "bias" not in n) == decayed]

    return torch.optim.AdamW(
        [
            {"params": chosen(encoder, True)},
            {"params": chosen(predictor, True)},
            {"params": chosen(encoder, False), "WD_exclude": True, "weight_decay": 0},
            {"params": chosen(predictor, False), "WD_exclude": True, "weight_decay": 0},
        ]
    )


def step(encoder, predictor, opt, images):
    target = torch.randn_like(encoder(images))
    loss = (predictor(encoder(images)) - target).pow(2).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    return loss.item()


def prefixed(module):
    # The prefix is that of the wrapper for several GPUs; its state has version numbers as an attribute, as here.
    state = OrderedDict(("module." + k, v) for k, v in module.state_dict().items())
    state._metadata = module.state_dict()._metadata
    return state


def fixture(folder):
    torch.manual_seed(1)
    folder.mkdir(parents=True, exist_ok=True)
    encoder, target = (Encoder(4, 4, 16, 2, 2, 64) for _ in range(2))
    predictor = Predictor(4, 16, 8, 1, 2, 32)
    opt = optimizer(encoder, predictor)
    for _ in range(3):
        loss = step(encoder, predictor, opt, torch.randn(2, 3, 16, 16))
    saved = {
        "encoder": prefixed(encoder),
        "predictor": prefixed(predictor),
        "opt": opt.state_dict(),
        "scaler": None,
        "target_encoder": prefixed(target),
        "epoch": 2,
        "loss": loss,
        "batch_size": 4,
        "world_size": 2,
        "lr": 1e-3,
    }
    torch.save(saved, folder / "tiny.pth.tar")
    torch.save(saved, folder / "tiny-old.pth.tar", _use_new_zipfile_serialization=False)
    half = {k: OrderedDict((n, t.bfloat16()) for n, t in saved[k].items()) for k in ("encoder", "predictor", "target_encoder")}
    torch.save(half, folder / "tiny-bf16.pth.tar")
    number = opt.state_dict()["param_groups"][1]["params"][0]
    expected = [
        f"target qkv {target.blocks[1].attn.qkv.weight[40, 3].item()!r}",
        f"encoder qkv {encoder.blocks[1].attn.qkv.weight[40, 3].item()!r}",
        f"mask token {predictor.mask_token[0, 0, 5].item()!r}",
        f"mask token moment {opt.state_dict()['state'][number]['exp_avg'][0, 0, 5].item()!r}",
        f"loss {loss!r}",
    ]
    (folder / "tiny.txt").write_text("\n".join(expected) + "\n")


def modules(saved, heads):
    """Modules of a checkpoint's sizes, loaded strictly."""
    plain = {
        k: OrderedDict((n.removeprefix("module."), t) for n, t in saved[k].items())
        for k in ("encoder", "predictor", "target_encoder")
    }
    e, p = plain["encoder"], plain["predictor"]
    width, _, patch, _ = e["patch_embed.proj.weight"].shape
    side = round(e["pos_embed"].shape[1] ** 0.5)

    def depth(d):
        return sum(n.endswith("norm1.weight") for n in d)

    hidden = e["blocks.0.mlp.fc1.weight"].shape[0]
    loaded = [Encoder(side, patch, width, depth(e), heads, hidden) for _ in range(2)]
    narrow = p["predictor_embed.weight"].shape[0]
    predictor = Predictor(side, width, narrow, depth(p), heads, p["predictor_blocks.0.mlp.fc1.weight"].shape[0])
    loaded[0].load_state_dict(e, strict=True)
    loaded[1].load_state_dict(plain["target_encoder"], strict=True)
    predictor.load_state_dict(p, strict=True)
    return loaded[0], predictor, loaded[1], side * patch


def leaves(value, path=""):
    if isinstance(value, dict):
        for k, v in value.items():
            yield from leaves(v, f"{path}/{k}")
    elif torch.is_tensor(value):
        yield path.replace("module.", ""), value


def check_torch(file, other=None):
    saved = torch.load(file, map_location="cpu", weights_only=True)
    encoder, predictor, target, size = modules(saved, heads=1)
    opt = optimizer(encoder, predictor)
    opt.load_state_dict(saved["opt"])
    named = {id(p): n for m in (encoder, predictor) for n, p in m.named_parameters()}
    for group in opt.param_groups:
        for p in group["params"]:
            assert ("pos_embed" in named[id(p)]) == (p not in opt.state), named[id(p)]
            assert p not in opt.state or opt.state[p]["exp_avg"].shape == p.shape, named[id(p)]
    loss = step(encoder, predictor, opt, torch.randn(2, 3, size, size))
    assert np.isfinite(loss)
    print(f"{file}: loads strictly, optimizer too; epoch {saved['epoch']}, loss {saved['loss']}, {len(opt.state)} parameters with state")
    if other:
        # Read again: the step above has changed what was loaded.
        one, two = (dict(leaves(torch.load(f, map_location="cpu", weights_only=True))) for f in (file, other))
        assert one.keys() == two.keys(), one.keys() ^ two.keys()
        difference = {k: (one[k].double() - two[k].double()).abs().max().item() for k in one}
        tables = max(v for k, v in difference.items() if "pos_embed" in k)
        rest = max(v for k, v in difference.items() if "pos_embed" not in k)
        print(f"{len(one)} tensors, largest difference {rest}, of position tables {tables}")


def check_features(model, images, npy, heads=None):
    from PIL import Image

    names = Path(npy).with_suffix(".txt").read_text().splitlines()
    ours = np.load(npy, mmap_mode="r")
    pixels = torch.tensor(np.stack([np.asarray(Image.open(Path(images) / n).convert("RGB")) for n in names]))
    mean, deviation = torch.tensor([0.485, 0.456, 0.406]), torch.tensor([0.229, 0.224, 0.225])
    x = ((pixels / 255 - mean) / deviation).permute(0, 3, 1, 2)
    with torch.no_grad():
        if Path(model).is_dir():
            from transformers import AutoImageProcessor, IJepaModel

            loaded, info = IJepaModel.from_pretrained(model, output_loading_info=True)
            assert not any(info.values()), info
            theirs = loaded.eval()(x).last_hidden_state
            processor = AutoImageProcessor.from_pretrained(model)
            own = processor(list(pixels.permute(0, 3, 1, 2)), return_tensors="pt")["pixel_values"]
            print(f"preprocessor: largest difference {(own - x).abs().max().item():.2e}")
        else:
            saved = torch.load(model, map_location="cpu", weights_only=True)
            theirs = modules(saved, int(heads))[2](x)
    difference = np.abs(theirs.numpy() - ours).max()
    print(f"{len(names)} images, features {ours.shape}: largest difference {difference:.2e}, features up to {np.abs(ours).max():.2f}")
    assert difference < 1e-4


def check_photos(model, images, npy):
    from PIL import Image
    from transformers import AutoImageProcessor, IJepaModel

    names = Path(npy).with_suffix(".txt").read_text().splitlines()
    processor, loaded = AutoImageProcessor.from_pretrained(model), IJepaModel.from_pretrained(model).eval()
    with torch.no_grad():
        x = processor([Image.open(Path(images) / n).convert("RGB") for n in names], return_tensors="pt")["pixel_values"]
        theirs = loaded(x).last_hidden_state.numpy()
    ours = np.load(npy)
    difference = np.abs(theirs - ours)
    print(f"{len(names)} images, features {ours.shape}: mean difference {difference.mean():.2e}, largest {difference.max():.2e}, deviation {ours.std():.2f}")
    # The middle is cut out before or after the resize, so that they are a fraction of a pixel apart.
    assert difference.mean() < 0.05 * ours.std()


if __name__ == "__main__":
    what, arguments = sys.argv[1], sys.argv[2:]
    {"fixture": lambda f: fixture(Path(f)), "torch": check_torch, "features": check_features, "photos": check_photos}[what](*arguments)
