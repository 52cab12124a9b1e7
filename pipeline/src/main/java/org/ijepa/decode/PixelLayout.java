package org.ijepa.decode;

/** Order and number of the bytes of a decoded pixel in memory. */
enum PixelLayout {
  RGB(3, 0, 2),
  BGR(3, 2, 0),
  RGBX(4, 0, 2);

  private final int bytes;
  private final int redLane;
  private final int blueLane;

  PixelLayout(int bytes, int redLane, int blueLane) {
    this.bytes = bytes;
    this.redLane = redLane;
    this.blueLane = blueLane;
  }

  int bytes() {
    return bytes;
  }

  int redLane() {
    return redLane;
  }

  int blueLane() {
    return blueLane;
  }
}
