"""Files of a folder to batches by the loaders that people use in Python, beside `ijepa bench data`, turn by turn on the cores that it is given.

    taskset -c 0 python3 bench/peer/loaders.py FOLDER --ijepa ./ijepa

FOLDER has sub-folders with images, as torchvision wants it. All do the same: read a file, decode it, crop 30 to 100 % of its area at random, resize
to --side pixels, and stack bytes into batches of 64, in random order, in this process (no worker) with one thread. What cannot be imported is
left out and named. The middle one of the rounds counts; where other work shares the core, look at processor time, not at the clock."""

import argparse
import importlib
import json
import os
import random
import statistics
import subprocess
import tempfile
import time

import numpy
import torch

from data import NAMES, crop_box

BATCH = 64


def let_torchvision_load():
    """A torchvision for CUDA beside a torch for CPUs has none of its compiled operators, and refuses to load without two of them; transforms of
    Pillow's images ask for none."""
    try:
        importlib.import_module("torchvision")
    except RuntimeError:
        operators = torch.library.Library("torchvision", "FRAGMENT")
        for name in ("nms", "qnms"):
            operators.define(f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
        return operators


def stacked(arrays):
    return torch.from_numpy(numpy.stack(arrays))


def cropped(image, side):
    from PIL import Image

    image = image.convert("RGB")
    return numpy.asarray(image.crop(crop_box(*image.size, random)).resize((side, side), Image.Resampling.BILINEAR))


def pillow(path, side):
    from PIL import Image

    return cropped(Image.open(path), side)


class Paths(torch.utils.data.Dataset):
    def __init__(self, paths, load):
        self.paths, self.load = paths, load

    def __len__(self):
        return len(self.paths)

    def __getitem__(self, i):
        return self.load(self.paths[i])


def by_pillow(folder, paths, side):
    """PyTorch's DataLoader; Pillow decodes, crops, resizes."""
    return torch.utils.data.DataLoader(Paths(paths, lambda p: pillow(p, side)), BATCH, shuffle=True, collate_fn=stacked)


def by_torchvision(folder, paths, side):
    """ImageFolder and RandomResizedCrop of Pillow images, as the published code has them; bytes, not floats."""
    from torchvision import datasets, transforms

    steps = transforms.Compose([transforms.RandomResizedCrop(side, scale=(0.3, 1.0)), transforms.PILToTensor()])
    return torch.utils.data.DataLoader(datasets.ImageFolder(folder, steps), BATCH, shuffle=True)


def by_opencv(folder, paths, side):
    """OpenCV; its bilinear resize looks at four pixels only, so that what shrinks is rougher than the others'."""
    import cv2

    cv2.setNumThreads(1)

    def load(path):
        image = cv2.imread(path)
        left, top, right, bottom = crop_box(image.shape[1], image.shape[0], random)
        return cv2.cvtColor(cv2.resize(image[top:bottom, left:right], (side, side), interpolation=cv2.INTER_LINEAR), cv2.COLOR_BGR2RGB)

    return torch.utils.data.DataLoader(Paths(paths, load), BATCH, shuffle=True, collate_fn=stacked)


def by_datasets(folder, paths, side):
    """Hugging Face datasets, whose images Pillow decodes."""
    from datasets import Dataset, Image

    def load(rows):
        return {"image": [cropped(image, side) for image in rows["image"]]}

    rows = Dataset.from_dict({"image": paths}).cast_column("image", Image()).with_transform(load)
    return torch.utils.data.DataLoader(rows, BATCH, shuffle=True, collate_fn=lambda batch: stacked([row["image"] for row in batch]))


def by_torchdata(folder, paths, side):
    """torchdata.nodes; Pillow decodes."""
    from torchdata.nodes import Batcher, IterableWrapper, Loader, Mapper

    shuffled = random.sample(paths, len(paths))
    node = Mapper(IterableWrapper(shuffled), lambda p: pillow(p, side))
    return Loader(Mapper(Batcher(node, BATCH, drop_last=False), stacked))


LOADERS = {
    "DataLoader, Pillow": (by_pillow, "PIL"),
    "DataLoader, torchvision with Pillow": (by_torchvision, "torchvision"),
    "DataLoader, OpenCV": (by_opencv, "cv2"),
    "datasets": (by_datasets, "datasets"),
    "torchdata.nodes": (by_torchdata, "torchdata"),
}


def timed(loader, count, side):
    """Seconds of clock and of processor for one pass; that it gives all images in the right form is looked at."""
    began, used, images = time.perf_counter(), time.process_time(), 0
    for batch in loader:
        images_of_it = batch[0] if isinstance(batch, (list, tuple)) else batch
        assert images_of_it.dtype == torch.uint8 and side in images_of_it.shape[1:], images_of_it.shape
        images += len(images_of_it)
    assert images == count, (images, count)
    return time.perf_counter() - began, time.process_time() - used


def ours(ijepa, folder, count, side):
    """The same of `folder to batch`, after its own warm-up: the compiler of a young process takes more time than the images."""
    with tempfile.NamedTemporaryFile(suffix=".json") as file:
        words = [ijepa, "bench", "data", "--data", folder, "--images", count, "--size", side]
        words += ["--rounds", 1, "--threads", 1, "--json", file.name]
        subprocess.run([str(word) for word in words], check=True, stdout=subprocess.DEVNULL)
        row = next(row for row in json.load(open(file.name))["rows"] if row["name"] == "folder to batch")
        return count / row["ours"], row["processor_ms_an_image"] * count / 1000


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder")
    parser.add_argument("--ijepa")
    parser.add_argument("--side", type=int, default=224)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    torch.set_num_threads(1)
    operators = let_torchvision_load()  # kept, as they go with it
    paths = sorted(os.path.join(at, name) for at, _, names in os.walk(given.folder) for name in names if name.lower().endswith(NAMES))
    found, loaders = {}, {}
    for name, (make, module) in LOADERS.items():
        try:
            found[module] = importlib.import_module(module).__version__
            loaders[name] = make
        except ImportError as error:
            print(f"left out: {name}: {error}")
    versions = " ".join(f"{name} {version}" for name, version in {"torch": torch.__version__, **found}.items())
    print(f"{len(paths)} images to {given.side} x {given.side}, {len(os.sched_getaffinity(0))} core; {versions}", flush=True)
    passes = {name: [] for name in [*(["this"] if given.ijepa else []), *loaders]}
    for round in range(-1, given.rounds):
        for name in passes:
            if name == "this":
                # It warms up by itself.
                took = ours(given.ijepa, given.folder, len(paths), given.side) if round >= 0 else None
            else:
                took = timed(loaders[name](given.folder, paths, given.side), len(paths), given.side)
            if round >= 0:
                passes[name].append(took)
                print(f"round {round + 1}: {name}: {len(paths) / took[0]:.0f} images/s, {1000 * took[1] / len(paths):.2f} CPU ms an image", flush=True)
    print(f"{'':38}images/s   (all rounds)            CPU ms an image")
    for name, taken in passes.items():
        rates = sorted(len(paths) / clock for clock, _ in taken)
        used = statistics.median(1000 * processor / len(paths) for _, processor in taken)
        print(f"{name:38}{statistics.median(rates):8.0f}   ({', '.join(f'{rate:.0f}' for rate in rates)}){'':8}{used:.2f}")
    print(f"load at the end {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
