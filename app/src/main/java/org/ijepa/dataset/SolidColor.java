package org.ijepa.dataset;

import java.util.Locale;

/** The palette: colours that stay apart in light, in shadow and on the grey ground. */
enum SolidColor {
  RED(0.62, 0.04, 0.04),
  ORANGE(0.85, 0.27, 0.02),
  YELLOW(0.82, 0.66, 0.03),
  GREEN(0.05, 0.38, 0.06),
  CYAN(0.05, 0.55, 0.60),
  BLUE(0.04, 0.10, 0.62),
  PURPLE(0.27, 0.05, 0.45),
  PINK(0.85, 0.30, 0.48);

  private final double red;
  private final double green;
  private final double blue;

  SolidColor(double red, double green, double blue) {
    this.red = red;
    this.green = green;
    this.blue = blue;
  }

  /** The share of linear red, green and blue light that is given back. */
  Vec albedo() {
    return new Vec(red, green, blue);
  }

  String label() {
    return name().toLowerCase(Locale.ROOT);
  }
}
