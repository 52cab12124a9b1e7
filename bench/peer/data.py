"""The way of images in Python: Pillow decodes, crops and resizes, NumPy holds the batch. `ijepa bench data --peer PYTHON` asks for rounds.

    data.py FOLDER SIDE IMAGES

Answers a line "TASK PROCESSES" on standard input with images a second. Processes are started before the first answer, and none of the time to
start them is counted."""

import io
import multiprocessing
import os
import random
import sys
import time

import numpy
import PIL
from PIL import Image

NAMES = (".jpg", ".jpeg", ".png", ".webp", ".bmp", ".gif", ".tif", ".tiff")


def crop_box(width, height, draw):
    """A random crop of 30 to 100 % of the area, 3:4 to 4:3."""
    for _ in range(10):
        area = draw.uniform(0.3, 1.0) * width * height
        aspect = draw.uniform(3 / 4, 4 / 3)
        w, h = round((area * aspect) ** 0.5), round((area / aspect) ** 0.5)
        if 0 < w <= width and 0 < h <= height:
            x, y = draw.randint(0, width - w), draw.randint(0, height - h)
            return x, y, x + w, y + h
    side = min(width, height)
    return (width - side) // 2, (height - side) // 2, (width + side) // 2, (height + side) // 2


def work(task, paths, files, side, begin, step, count):
    """Does every step-th of count images, from begin on."""
    draw = random.Random(begin)
    batch = numpy.empty((16, side, side, 3), numpy.uint8)
    for n, i in enumerate(range(begin, count, step)):
        if task == "folder":
            with open(paths[i % len(paths)], "rb") as file:
                data = file.read()
        else:
            data = files[i % len(files)]
        image = Image.open(io.BytesIO(data)).convert("RGB")
        if task == "decode":
            image.load()
            continue
        crop = image.crop(crop_box(*image.size, draw))
        batch[n % 16] = numpy.asarray(crop.resize((side, side), Image.Resampling.BILINEAR))


def serve(connection, paths, files, side):
    while True:
        asked = connection.recv()
        if asked is None:
            return
        work(asked[0], paths, files, side, *asked[1:])
        connection.send(True)


def main():
    folder, side, images = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    paths = sorted(os.path.join(at, name) for at, _, names in os.walk(folder) for name in names if name.lower().endswith(NAMES))
    files = [open(path, "rb").read() for path in paths]
    workers = []
    print("ready Pillow", PIL.__version__, "NumPy", numpy.__version__, flush=True)
    for line in sys.stdin:
        task, processes = line.split()
        processes = int(processes)
        while len(workers) < processes:
            here, there = multiprocessing.Pipe()
            worker = multiprocessing.Process(target=serve, args=(there, paths, files, side), daemon=True)
            worker.start()
            workers.append(here)
            here.send(("crop", 0, 1, 1))
            here.recv()
        begin = time.perf_counter()
        for i in range(processes):
            workers[i].send((task, i, processes, images))
        for i in range(processes):
            workers[i].recv()
        print(images / (time.perf_counter() - begin), flush=True)
    for worker in workers:
        worker.send(None)


if __name__ == "__main__":
    main()
