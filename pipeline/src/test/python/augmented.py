"""Writes src/test/resources/org/ijepa/augment/pillow.json: what torchvision's transforms make of images of Pillow.

    python3 src/test/python/augmented.py > src/test/resources/org/ijepa/augment/pillow.json

Needs Pillow and NumPy. Each change is the call that torchvision.transforms.functional makes for a PIL image.
"""

import json
import zlib

import numpy as np
import PIL
from PIL import Image, ImageEnhance, ImageFilter

SIDE = 9


def hue(image, turn):
    h, s, v = image.convert("HSV").split()
    turned = np.asarray(h) + np.int32(turn).astype(np.uint8)
    return Image.merge("HSV", (Image.fromarray(turned, "L"), s, v)).convert("RGB")


CHANGES = {
    "brightness": lambda image, factor: ImageEnhance.Brightness(image).enhance(factor),
    "contrast": lambda image, factor: ImageEnhance.Contrast(image).enhance(factor),
    "saturation": lambda image, factor: ImageEnhance.Color(image).enhance(factor),
    "hue": hue,
    "grey": lambda image, _: image.convert("L").convert("RGB"),
    "blur": lambda image, deviation: image.filter(ImageFilter.GaussianBlur(deviation)),
}
VALUES = {
    "brightness": [0.0, 0.2, 0.77, 1.0, 1.8],
    "contrast": [0.0, 0.2, 0.77, 1.0, 1.8],
    "saturation": [0.0, 0.2, 0.77, 1.0, 1.8, 3.0],
    "hue": [-127, -51, 0, 1, 51, 127],
    "grey": [0],
    "blur": [0.1, 0.5, 1.0, 1.41, 1.42, 2.0],
}


def main():
    random = np.random.default_rng(5)
    square = random.integers(0, 256, (SIDE, SIDE, 3), dtype=np.uint8)
    square[0] = square[0, :, :1]  # of no hue
    square[1] = (square[1] > 127) * 255  # of levels that are cut
    square[2, :, 1] = square[2, :, 0]
    number = np.arange(1 << 24, dtype=np.uint32)
    every = np.stack([number >> 16, number >> 8 & 255, number & 255], 1).astype(np.uint8)
    images = {
        "square": Image.fromarray(square),
        "small": Image.fromarray(square[:2, :2].copy()),
        "every": Image.fromarray(every.reshape(4096, 4096, 3)),
    }
    cases = []
    for change, values in VALUES.items():
        for value in values:
            made = CHANGES[change](images["square"], value).tobytes()
            case = {"change": change, "value": value, "square": made.hex()}
            if change == "blur":
                case["small"] = CHANGES[change](images["small"], value).tobytes().hex()
            if change in ("saturation", "hue"):
                case["every"] = zlib.crc32(CHANGES[change](images["every"], value).tobytes())
            cases.append(case)
    lines = ",\n  ".join(json.dumps(case) for case in cases)
    square = images["square"].tobytes().hex()
    small = images["small"].tobytes().hex()
    print(f'{{"pillow": "{PIL.__version__}", "square": "{square}", "small": "{small}", "cases": [\n  {lines}\n]}}')


main()
